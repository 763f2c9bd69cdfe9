// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/spectrum.h"

#include "features/frames.h"
#include "features/stft.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstddef>

namespace musicmem::features {

std::vector<float> clip_magnitudes(std::span<const float> clip) {
  const StftDouble stft(frame_length, hop_length);
  const auto bins = static_cast<std::size_t>(stft.bins());
  const int frames = stft.frames(clip.size());
  std::vector<std::complex<double>> frame(bins);
  std::vector<float> result(static_cast<std::size_t>(frames) * bins);
  auto row = result.begin();
  for (int t = 0; t < frames; ++t, row += stft.bins()) {
    stft.frame(clip, t, frame);
    std::ranges::transform(frame, row, [](std::complex<double> value) {
      return static_cast<float>(std::sqrt(value.real() * value.real() + value.imag() * value.imag()));
    });
  }
  return result;
}

std::vector<float> magnitudes(std::span<const std::complex<float>> spectrum) {
  std::vector<float> result(spectrum.size());
  std::ranges::transform(spectrum, result.begin(), [](std::complex<float> value) {
    return std::sqrt(value.real() * value.real() + value.imag() * value.imag());
  });
  return result;
}

std::vector<float> squares(std::span<const float> values) {
  std::vector<float> result(values.size());
  std::ranges::transform(values, result.begin(), [](float value) { return value * value; });
  return result;
}

std::vector<std::complex<float>> masked(std::span<const std::complex<float>> spectrum,
                                        std::span<const float> mask) {
  assert(spectrum.size() == mask.size());
  std::vector<std::complex<float>> result(spectrum.size());
  std::transform(spectrum.begin(), spectrum.end(), mask.begin(), result.begin(),
                 [](std::complex<float> value, float share) { return value * share; });
  return result;
}

}  // namespace musicmem::features
