// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/descriptors/onset.h"

#include "features/sound/audio.h"
#include "features/spectra/decibel.h"
#include "features/spectra/frames.h"
#include "features/spectra/mel.h"

#include <algorithm>
#include <cstddef>

namespace musicmem::features {
namespace {

constexpr std::size_t mel_bands = 128;

}  // namespace

std::vector<float> mel_decibels(std::span<const float> power) {
  static const FilterBank filters = slaney_mel_filters(study_rate, frame_length, mel_bands);
  std::vector<float> values(power.size() / static_cast<std::size_t>(filters.bins()) * mel_bands);
  filters.apply(power, values);
  power_to_db(values);
  return values;
}

std::vector<float> onset_strength(std::span<const float> mel_db) {
  constexpr std::size_t lag = 1;
  constexpr std::size_t delay = lag + frame_length / (2 * hop_length);
  const std::size_t frames = mel_db.size() / mel_bands;
  std::vector<float> strength(frames, 0.0f);

  for (std::size_t t = delay; t < frames; ++t) {
    const float* earlier = mel_db.data() + (t - delay) * mel_bands;
    const float* later = earlier + lag * mel_bands;
    float rise = 0.0f;
    for (std::size_t band = 0; band < mel_bands; ++band) rise += std::max(0.0f, later[band] - earlier[band]);
    strength[t] = rise / static_cast<float>(mel_bands);
  }
  return strength;
}

std::vector<float> onset_strength_of(const ClipSpectrum& spectrum) {
  return onset_strength(mel_decibels(squares(spectrum.magnitudes)));
}

std::vector<float> onset_strength_of_clip(std::span<const float> clip) {
  return onset_strength_of(SpectrumAnalyser().analyse(clip));
}

}  // namespace musicmem::features
