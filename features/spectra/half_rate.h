// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "features/spectra/fft.h"

#include <complex>
#include <span>
#include <vector>

namespace musicmem::features {

// Halves a sampling rate as librosa.resample(y, orig_sr=2, target_sr=1, scale=True) does: libsoxr's
// high-quality low-pass, every second sample, times the square root of two so that energy is kept.
//
// libsoxr designs its filter anew for every signal, which costs more than the filtering of a second of sound.
// The filter is linear and of fixed length, so its impulse response is taken from libsoxr once and then
// applied by overlap-save, in double: librosa's chroma of near silence beside sound is libsoxr's rounding
// noise already, and ours should not add to it. One object serves one thread at a time.
class HalfRate {
 public:
  HalfRate();

  // (y.size() + 1) / 2 samples into `out`, which may not own `y`. Zeros are assumed beyond both ends.
  void apply(std::span<const float> y, std::vector<float>& out);

 private:
  void load_block(std::span<const float> y, std::size_t start);
  void filter_block();

  RealFftDouble fft_;
  RealFftDouble half_fft_;
  std::vector<double> response_;  // of the filter, real because its impulse response is symmetric
  std::vector<std::complex<double>> spectrum_;
  std::vector<std::complex<double>> folded_;
  std::vector<double> block_;
};

}  // namespace musicmem::features
