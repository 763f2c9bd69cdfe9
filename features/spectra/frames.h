// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace musicmem::features {

// Analysis frames of every feature that follows librosa's defaults, in samples.
inline constexpr int frame_length = 2048;
inline constexpr int hop_length = 512;

}  // namespace musicmem::features
