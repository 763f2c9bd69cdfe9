// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "features/spectra/frames.h"
#include "features/spectra/stft.h"

#include <complex>
#include <cstddef>
#include <span>
#include <vector>

namespace musicmem::features {

// The short-time Fourier transform of a clip at librosa's defaults, frame-major [frames][bins].
struct ClipSpectrum {
  static constexpr int bins = frame_length / 2 + 1;
  std::size_t samples = 0;  // of the clip
  std::vector<std::complex<float>> values;
  std::vector<float> magnitudes;
};

// Transforms clips; what all features of a clip share. The transform runs in double precision, as librosa's
// does: the rounding of single precision fills the empty bins of tones and of band-limited music, and
// flatness and contrast would measure it. One object serves one thread at a time.
class SpectrumAnalyser {
 public:
  SpectrumAnalyser();

  ClipSpectrum analyse(std::span<const float> clip);

 private:
  StftDouble stft_;
  std::vector<std::complex<double>> frame_;
};

// |v|^2 of each value, from the magnitudes.
std::vector<float> squares(std::span<const float> values);

// Each value times its share of `mask`, which has the spectrum's size.
std::vector<std::complex<float>> masked(std::span<const std::complex<float>> spectrum,
                                        std::span<const float> mask);

}  // namespace musicmem::features
