// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "data/segment_table.h"

#include <cstddef>
#include <cstdint>
#include <vector>

// Which rows of a table a fit sees, and with which labels.
namespace musicmem::models {

// Row numbers of a table, ascending: the order of the file.
using Rows = std::vector<std::size_t>;

// One entry per track: whether it has a row of its original clip.
std::vector<bool> tracks_with_rows(const data::SegmentTable& table);

// The rows of `tracks`, of the original clips only or of all pitch variants.
Rows rows_of_tracks(const data::SegmentTable& table, const std::vector<int>& tracks, bool augmented);

// The feature values of `rows`. Throws Error that names track, segment and column
// of a value that is not finite.
data::Matrix feature_rows(const data::SegmentTable& table, const Rows& rows);

// The labels of all tracks with those of `tracks` permuted among themselves by `seed`.
std::vector<double> permute_labels(std::vector<double> labels, const std::vector<int>& tracks,
                                   std::uint64_t seed);

}  // namespace musicmem::models
