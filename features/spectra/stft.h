// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "features/spectra/fft.h"

#include <complex>
#include <cstddef>
#include <span>
#include <vector>

namespace musicmem::features {

enum class Window { hann, rectangular };

// The periodic window of `size` samples, as librosa and scipy's get_window define it.
template <typename Real = float>
std::vector<Real> periodic_window(Window window, int size);

// Short-time Fourier transform as librosa.stft by default: frame t is centred on sample t * hop of the
// signal, which is padded with zeros on both sides. Real is the precision of window, arithmetic and result.
// One object serves one thread at a time.
template <typename Real>
class BasicStft {
 public:
  // `n_fft` samples a frame, also the window's length; both at least 1.
  BasicStft(int n_fft, int hop, Window window = Window::hann);

  int n_fft() const { return fft_.size(); }
  int bins() const { return fft_.bins(); }
  // 1 + samples / hop for an even n_fft.
  int frames(std::size_t samples) const;

  // Frame t of `y`, 0 <= t < frames(y.size()), into `out` [bins()].
  void frame(std::span<const float> y, int t, std::span<std::complex<Real>> out) const;

  // Fills `out` with [frames(y.size())][bins()] values, frame-major: the transpose of librosa's array.
  void transform(std::span<const float> y, std::vector<std::complex<Real>>& out) const;

 private:
  int hop_;
  BasicRealFft<Real> fft_;
  std::vector<Real> window_;  // empty for rectangular
};

using Stft = BasicStft<float>;
using StftDouble = BasicStft<double>;

}  // namespace musicmem::features
