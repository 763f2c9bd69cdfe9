// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "features/spectra/fft.h"

#include <complex>
#include <cstddef>
#include <span>
#include <vector>

namespace musicmem::features {

// The inverse of Stft with a Hann window: windowed overlap-add divided by the sum of the squared windows, as
// librosa.istft by default. One object serves one thread at a time.
class Istft {
 public:
  Istft(int n_fft, int hop);

  int bins() const { return fft_.bins(); }

  // The signal of `samples` samples whose transform is `spectrum`, frame-major [frames][bins()].
  std::vector<float> transform(std::span<const std::complex<float>> spectrum, std::size_t samples) const;

 private:
  int hop_;
  RealFft fft_;
  std::vector<float> window_;
};

}  // namespace musicmem::features
