// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "features/descriptors/chroma.h"
#include "features/spectra/feature_matrix.h"
#include "features/spectra/spectrum.h"

#include <optional>
#include <span>
#include <vector>

namespace musicmem::features {

// Raised whenever the code computes other numbers from the same audio: stores of other versions are left
// alone.
inline constexpr int classic_version = 3;

// The "classic" features of a whole mono clip at 16 kHz, each over frames of 2048 samples every 512 and as
// librosa defines it by default, under librosa's names:
//
//   chroma_cens 12, tonnetz 6, tempogram 384, onset_strength 1, mfcc 20, mfcc_delta 20, mfcc_delta2 20,
//   spectral_centroid 1, spectral_bandwidth 1, spectral_contrast 7, spectral_flatness 1, spectral_rolloff 1,
//   zero_crossing_rate 1, rms 1
//
// One short-time Fourier transform, `spectrum` of the clip, and one constant-Q transform serve all of them.
// `chroma` carries plans and filters from clip to clip; `tuning`, of chroma_cens and tonnetz, is a fraction
// of a bin, estimated over the whole clip without one. The clip has at least 4096 samples, nine frames for
// the deltas.
std::vector<FeatureMatrix> classic_features(std::span<const float> clip, const ClipSpectrum& spectrum,
                                            ChromaCqt& chroma, std::optional<double> tuning = std::nullopt);

}  // namespace musicmem::features
