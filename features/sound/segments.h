// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "features/sound/audio.h"

#include <cstddef>

namespace musicmem::features {

// One-second segments of a clip, every half second: [0, 1), [0.5, 1.5), ... [4, 5).
inline constexpr int segments_per_clip = 9;
inline constexpr std::size_t segment_samples = study_rate;
inline constexpr std::size_t segment_hop = study_rate / 2;

}  // namespace musicmem::features
