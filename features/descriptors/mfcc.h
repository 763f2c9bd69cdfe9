// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <vector>

namespace musicmem::features {

inline constexpr int mfcc_count = 20;

// Mel-frequency cepstral coefficients of mel_decibels(): the first 20 of the orthonormal type-II cosine
// transform of each frame, as librosa.feature.mfcc by default. [mfcc_count][frames] from [frames][128].
std::vector<float> mfcc(std::span<const float> mel_db);

// Local slope (order 1) or curvature (order 2) of each row of `values` [rows][frames] over nine frames: the
// derivative of the least-squares polynomial of that order (Savitzky-Golay), as librosa.feature.delta by
// default. The first and last four frames take the polynomial of the first and last nine. `frames` >= 9.
std::vector<float> delta(std::span<const float> values, int frames, int order);

}  // namespace musicmem::features
