// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "features/spectra/stft.h"

#include <complex>
#include <span>
#include <vector>

namespace musicmem::features {

// Deviation of a set of pitches from the equal-tempered scale with A4 = 440 Hz, in fractions of a bin of
// 1 / bins_per_octave octave: the lower edge of the fullest of 100 histogram cells over [-0.5, 0.5), the
// first of equals. `frequencies` in Hz, all positive; 0 if there are none. As librosa.pitch_tuning with
// resolution 0.01.
double pitch_tuning(std::span<const float> frequencies, int bins_per_octave);

// Tuning of a signal as librosa.estimate_tuning: spectral peaks between 150 and 4000 Hz of frames of 2048
// samples every 512 that exceed a tenth of their frame's maximum, placed by parabolic interpolation; the
// louder half votes.
//
// One or two votes often decide, so the spectrum is computed in double and everything behind it in float,
// where librosa does so. One object serves one thread at a time.
class TuningEstimator {
 public:
  explicit TuningEstimator(int sample_rate);

  // In fractions of a bin, [-0.5, 0.5).
  double estimate(std::span<const float> y, int bins_per_octave);

 private:
  void collect_peaks(int t, std::span<const float> y);

  double sample_rate_;
  StftDouble stft_;
  int first_bin_;  // peaks are sought in [first_bin_, end_bin_)
  int end_bin_;
  std::vector<std::complex<double>> spectrum_;
  std::vector<float> magnitude_;
  std::vector<float> pitches_;  // Hz
  std::vector<float> heights_;
};

}  // namespace musicmem::features
