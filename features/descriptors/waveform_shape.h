// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <vector>

// What is read off the waveform without a transform, in frames of 2048 samples every 512, centred, after
// librosa.feature with its defaults: 1 + samples / 512 values.
namespace musicmem::features {

// The share of a frame's samples whose sign differs from the sample before; values within 1e-10 of zero count
// as positive. The clip's ends are continued by their last value.
std::vector<float> zero_crossing_rate(std::span<const float> clip);

// Root of the mean square of a frame, zeros beyond the clip's ends.
std::vector<float> rms(std::span<const float> clip);

}  // namespace musicmem::features
