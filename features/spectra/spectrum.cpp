// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/spectra/spectrum.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstddef>

namespace musicmem::features {

SpectrumAnalyser::SpectrumAnalyser() : stft_(frame_length, hop_length), frame_(ClipSpectrum::bins) {}

ClipSpectrum SpectrumAnalyser::analyse(std::span<const float> clip) {
  const int frames = stft_.frames(clip.size());
  const std::size_t size = static_cast<std::size_t>(frames) * frame_.size();
  ClipSpectrum spectrum{clip.size(), std::vector<std::complex<float>>(size), std::vector<float>(size)};
  std::size_t place = 0;
  for (int t = 0; t < frames; ++t) {
    stft_.frame(clip, t, frame_);
    for (const std::complex<double> value : frame_) {
      spectrum.values[place] = {static_cast<float>(value.real()), static_cast<float>(value.imag())};
      spectrum.magnitudes[place] =
          static_cast<float>(std::sqrt(value.real() * value.real() + value.imag() * value.imag()));
      ++place;
    }
  }
  return spectrum;
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
