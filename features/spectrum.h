// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <complex>
#include <span>
#include <vector>

namespace musicmem::features {

// Magnitudes of the short-time Fourier transform of a clip at librosa's defaults, frame-major [frames][1025].
// The transform runs in double precision, as librosa's does: the rounding of single precision fills the empty
// bins of tones and of band-limited music, and flatness and contrast would measure it.
std::vector<float> clip_magnitudes(std::span<const float> clip);

// |v| of each value.
std::vector<float> magnitudes(std::span<const std::complex<float>> spectrum);

// |v|^2 of each value, from the magnitudes.
std::vector<float> squares(std::span<const float> values);

// Each value times its share of `mask`, which has the spectrum's size.
std::vector<std::complex<float>> masked(std::span<const std::complex<float>> spectrum,
                                        std::span<const float> mask);

}  // namespace musicmem::features
