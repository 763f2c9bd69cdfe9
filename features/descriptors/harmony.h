// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/settings/features.h"
#include "features/descriptors/chroma.h"

#include <optional>
#include <span>
#include <vector>

namespace musicmem::features {

// Mean and population standard deviation over the frames of each pitch class, in the order of
// data::harmony_columns(): twelve means, then twelve deviations. All zero without frames.
std::vector<double> harmony(const Chromagram& segment);

// The tuning that `setting` asks for in every segment of `clip`; empty where each segment estimates its own.
std::optional<double> tuning_of_segments(const config::Tuning& setting, std::span<const float> clip,
                                         ChromaCqt& chroma);

}  // namespace musicmem::features
