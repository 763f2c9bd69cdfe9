// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <vector>

namespace musicmem::features {

// Autocorrelation of the onset strength in a Hann window of `window` frames around each frame,
// scaled to 1 at its maximum: librosa.feature.tempogram by default. Frame-major
// [frames][window]; all zeros where nothing starts.
std::vector<double> tempogram(std::span<const float> onset_strength, int window = 384);

// The one tempo of a clip in beats per minute, from its onset strength at 16 kHz and a hop of 512:
// librosa.feature.tempo by default. The mean tempogram over windows of 8 s is weighted by a log-normal prior
// around 120 bpm, and the best lag below 320 bpm wins, so the answer lies on a grid of 1875 / lag bpm; 117.19
// stands for silence too.
double tempo(std::span<const float> onset_strength);

}  // namespace musicmem::features
