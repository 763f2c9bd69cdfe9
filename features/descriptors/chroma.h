// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "features/descriptors/tuning.h"
#include "features/spectra/constant_q.h"

#include <optional>
#include <span>
#include <vector>

namespace musicmem::features {

inline constexpr int pitch_classes = 12;

// Energy of the twelve pitch classes C, C#, ... B over time.
struct Chromagram {
  double tuning = 0.0;  // of the transform's filters, in fractions of a bin of 1/36 octave
  int frames = 0;
  std::vector<float> chroma;  // [pitch_classes][frames]
};

// Chroma of a constant-Q transform as librosa.feature.chroma_cqt by default: frames every 512 samples, 36
// bins per octave over 7 octaves from C1, three bins to a pitch class. Without a tuning the signal's own is
// estimated. One object serves one thread at a time.
class ChromaCqt {
 public:
  using Result = Chromagram;

  // See ConstantQ for the rates that are possible.
  explicit ChromaCqt(int sample_rate = 16000);

  // Each frame divided by its maximum; a silent frame stays zero.
  Chromagram compute(std::span<const float> y, std::optional<double> tuning = std::nullopt);

  // Not normalised: librosa's chroma_cqt with norm=None, what chroma_cens and tonnetz start from.
  Chromagram compute_unnormalized(std::span<const float> y, std::optional<double> tuning = std::nullopt);

  // The tuning that compute() would estimate, in fractions of a bin, [-0.5, 0.5).
  double estimate_tuning(std::span<const float> y);

 private:
  TuningEstimator tuning_;
  ConstantQ cqt_;
};

// Chroma energy, normalised, quantised, smoothed over 41 frames: librosa.feature.chroma_cens by default, of a
// chromagram that is not normalised. Gives [pitch_classes][frames].
// M. Mueller, S. Ewert, "Chroma Toolbox", ISMIR 2011.
std::vector<float> chroma_cens(const Chromagram& unnormalized);

inline constexpr int tonnetz_dimensions = 6;

// Tonal centroids in the order fifths, minor thirds, major thirds, x and y of each, of a chromagram of any
// frame scale: librosa.feature.tonnetz. Gives [tonnetz_dimensions][frames]. C. Harte, M. Sandler, M. Gasser,
// "Detecting Harmonic Change in Musical Audio", AMCMM 2006.
std::vector<float> tonnetz(const Chromagram& chromagram);

}  // namespace musicmem::features
