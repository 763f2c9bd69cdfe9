// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/classic.h"

#include "features/descriptors/mfcc.h"
#include "features/descriptors/onset.h"
#include "features/descriptors/spectral_shape.h"
#include "features/descriptors/tempo.h"
#include "features/descriptors/waveform_shape.h"

#include <string>
#include <utility>

namespace musicmem::features {
namespace {

constexpr int tempogram_lags = 384;

using Matrices = std::vector<FeatureMatrix>;

// A feature of one value a frame.
void add_row(Matrices& matrices, std::string name, std::string unit, std::vector<float> values) {
  const auto frames = static_cast<int>(values.size());
  matrices.push_back({std::move(name), std::move(unit), 1, frames, std::move(values)});
}

void add_harmony(Matrices& matrices, const Chromagram& chromagram) {
  matrices.push_back({"chroma_cens", "1", pitch_classes, chromagram.frames, chroma_cens(chromagram)});
  matrices.push_back({"tonnetz", "1", tonnetz_dimensions, chromagram.frames, tonnetz(chromagram)});
}

void add_rhythm(Matrices& matrices, std::vector<float> onsets) {
  const std::vector<double> correlations = tempogram(onsets, tempogram_lags);
  const std::vector<float> rounded(correlations.begin(), correlations.end());
  matrices.push_back(from_frame_major("tempogram", "1", tempogram_lags, rounded));
  add_row(matrices, "onset_strength", "dB", std::move(onsets));
}

void add_cepstrum(Matrices& matrices, std::vector<float> coefficients) {
  const int frames = static_cast<int>(coefficients.size()) / mfcc_count;
  std::vector<float> slope = delta(coefficients, frames, 1);
  std::vector<float> curvature = delta(coefficients, frames, 2);
  matrices.push_back({"mfcc", "dB", mfcc_count, frames, std::move(coefficients)});
  matrices.push_back({"mfcc_delta", "dB/frame", mfcc_count, frames, std::move(slope)});
  matrices.push_back({"mfcc_delta2", "dB/frame^2", mfcc_count, frames, std::move(curvature)});
}

void add_spectral_shape(Matrices& matrices, std::span<const float> magnitude) {
  std::vector<float> centroid = spectral_centroid(magnitude);
  std::vector<float> bandwidth = spectral_bandwidth(magnitude, centroid);
  const auto frames = static_cast<int>(centroid.size());
  add_row(matrices, "spectral_centroid", "Hz", std::move(centroid));
  add_row(matrices, "spectral_bandwidth", "Hz", std::move(bandwidth));
  matrices.push_back({"spectral_contrast", "dB", contrast_bands, frames, spectral_contrast(magnitude)});
  add_row(matrices, "spectral_flatness", "1", spectral_flatness(magnitude));
  add_row(matrices, "spectral_rolloff", "Hz", spectral_rolloff(magnitude));
}

}  // namespace

std::vector<FeatureMatrix> classic_features(std::span<const float> clip, const ClipSpectrum& spectrum,
                                            ChromaCqt& chroma, std::optional<double> tuning) {
  const std::vector<float> mel_db = mel_decibels(squares(spectrum.magnitudes));

  Matrices matrices;
  add_harmony(matrices, chroma.compute_unnormalized(clip, tuning));
  add_rhythm(matrices, onset_strength(mel_db));
  add_cepstrum(matrices, mfcc(mel_db));
  add_spectral_shape(matrices, spectrum.magnitudes);
  add_row(matrices, "zero_crossing_rate", "1", zero_crossing_rate(clip));
  add_row(matrices, "rms", "1", rms(clip));
  return matrices;
}

}  // namespace musicmem::features
