// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <vector>

// How the energy of each frame is spread over frequency, after librosa.feature with its defaults at 16 kHz.
// `magnitude` is frame-major [frames][1025]; results are one value a frame unless said otherwise.
namespace musicmem::features {

// Mean frequency in Hz, weighted by magnitude; 0 for silence.
std::vector<float> spectral_centroid(std::span<const float> magnitude);

// Standard deviation in Hz around the centroid of the frame, weighted by magnitude; 0 for silence.
std::vector<float> spectral_bandwidth(std::span<const float> magnitude, std::span<const float> centroid);

inline constexpr int contrast_bands = 7;

// Peaks less valleys in dB, [contrast_bands][frames], from below 200 Hz and six octaves above it: the mean of
// the highest and of the lowest 2 % of a band's bins (D. Jiang et al., "Music type classification by spectral
// contrast feature", ICME 2002). Peaks and valleys each have a range of 80 dB over the clip.
std::vector<float> spectral_contrast(std::span<const float> magnitude);

// Geometric over arithmetic mean of the power, (0, 1]: 1 for silence and white
// noise's expectation, small for tones.
std::vector<float> spectral_flatness(std::span<const float> magnitude);

// The lowest frequency in Hz below which 85 % of the magnitude lies; 0 for silence.
std::vector<float> spectral_rolloff(std::span<const float> magnitude);

}  // namespace musicmem::features
