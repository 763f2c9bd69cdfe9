// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/spectra/istft.h"

#include "features/spectra/stft.h"

#include <algorithm>
#include <cassert>
#include <limits>

namespace musicmem::features {

Istft::Istft(int n_fft, int hop) : hop_(hop), fft_(n_fft), window_(periodic_window(Window::hann, n_fft)) {
  assert(hop >= 1);
}

std::vector<float> Istft::transform(std::span<const std::complex<float>> spectrum,
                                    std::size_t samples) const {
  const auto width = static_cast<std::size_t>(bins());
  const auto hop = static_cast<std::size_t>(hop_);
  const std::size_t n_fft = window_.size();
  const std::size_t margin = n_fft / 2;  // frame 0 is centred on sample 0
  const std::size_t frames = spectrum.size() / width;
  assert(frames * width == spectrum.size());
  const std::size_t length = std::max(samples + margin, frames == 0 ? 0 : n_fft + (frames - 1) * hop);
  std::vector<float> sum(length, 0.0f);
  std::vector<float> weight(length, 0.0f);
  std::vector<float> frame(n_fft);

  for (std::size_t t = 0; t < frames; ++t) {
    fft_.inverse(spectrum.subspan(t * width, width), frame);
    float* sum_here = sum.data() + t * hop;
    float* weight_here = weight.data() + t * hop;
    for (std::size_t n = 0; n < n_fft; ++n) {
      sum_here[n] += window_[n] * frame[n];
      weight_here[n] += window_[n] * window_[n];
    }
  }

  std::vector<float> y(samples);
  for (std::size_t n = 0; n < samples; ++n) {
    const float w = weight[margin + n];
    y[n] = w > std::numeric_limits<float>::min() ? sum[margin + n] / w : sum[margin + n];
  }
  return y;
}

}  // namespace musicmem::features
