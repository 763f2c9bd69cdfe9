// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/settings/feature_choice.h"
#include "config/settings/features.h"

#include <cstddef>
#include <string>
#include <vector>

namespace musicmem::features {

// Columns that are explained together.
struct FeatureBlock {
  std::string name;
  std::vector<std::size_t> columns;
};

// The columns of a model's sets by what they belong to: of a set from audio its groups (harmony, tempo, timbre, emotion;
// chroma_stft, tonnetz ...), of a set made elsewhere its layers where several are joined, else all of it. Named after the
// group, "<set>.<group>" where sets are joined, or the set. In the order of their first columns.
std::vector<FeatureBlock> feature_blocks(const config::FeatureChoice& sets,
                                         const std::vector<std::string>& columns);

// The names of the blocks that a model's columns will have, as settings tell them.
std::vector<std::string> expected_blocks(const config::FeatureChoice& sets, const config::Features& features);

// The columns of a block, or of all blocks of a set, by name.
std::vector<std::size_t> columns_of_block(const std::vector<FeatureBlock>& blocks, const std::string& name);

// A block for each column.
std::vector<FeatureBlock> single_columns(const std::vector<std::string>& columns);

}  // namespace musicmem::features
