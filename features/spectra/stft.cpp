// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/spectra/stft.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <numbers>

namespace musicmem::features {

template <typename Real>
std::vector<Real> periodic_window(Window window, int size) {
  std::vector<Real> values(static_cast<std::size_t>(size), Real(1));
  if (window == Window::rectangular) return values;
  for (int n = 0; n < size; ++n) {
    values[static_cast<std::size_t>(n)] =
        static_cast<Real>(0.5 - 0.5 * std::cos(2.0 * std::numbers::pi * n / size));
  }
  return values;
}

template <typename Real>
BasicStft<Real>::BasicStft(int n_fft, int hop, Window window) : hop_(hop), fft_(n_fft) {
  assert(hop >= 1);
  if (window != Window::rectangular) window_ = periodic_window<Real>(window, n_fft);
}

template <typename Real>
int BasicStft<Real>::frames(std::size_t samples) const {
  const auto size = static_cast<std::size_t>(n_fft());
  const std::size_t padded = samples + 2 * (size / 2);
  return padded < size ? 0 : static_cast<int>(1 + (padded - size) / static_cast<std::size_t>(hop_));
}

template <typename Real>
void BasicStft<Real>::frame(std::span<const float> y, int t, std::span<std::complex<Real>> out) const {
  assert(t >= 0 && t < frames(y.size()));
  const std::ptrdiff_t size = n_fft();
  const std::ptrdiff_t start = static_cast<std::ptrdiff_t>(t) * hop_ - size / 2;
  const std::ptrdiff_t first = std::clamp<std::ptrdiff_t>(-start, 0, size);
  const std::ptrdiff_t last = std::clamp<std::ptrdiff_t>(std::ssize(y) - start, first, size);

  const std::span<Real> target = fft_.scratch();
  std::fill(target.begin(), target.begin() + first, Real(0));
  std::fill(target.begin() + last, target.end(), Real(0));
  Real* const samples = target.data();
  const float* const source = y.data();
  if (window_.empty()) {
    for (std::ptrdiff_t i = first; i < last; ++i) samples[i] = source[start + i];
  } else {
    const Real* const window = window_.data();
    for (std::ptrdiff_t i = first; i < last; ++i) samples[i] = window[i] * source[start + i];
  }
  fft_.forward_from_scratch(out);
}

template <typename Real>
void BasicStft<Real>::transform(std::span<const float> y, std::vector<std::complex<Real>>& out) const {
  const auto width = static_cast<std::size_t>(bins());
  const int count = frames(y.size());
  out.resize(static_cast<std::size_t>(count) * width);
  for (int t = 0; t < count; ++t)
    frame(y, t, std::span(out).subspan(static_cast<std::size_t>(t) * width, width));
}

template std::vector<float> periodic_window(Window, int);
template std::vector<double> periodic_window(Window, int);
template class BasicStft<float>;
template class BasicStft<double>;

}  // namespace musicmem::features
