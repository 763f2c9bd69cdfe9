// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/sound/near_duplicates.h"

#include "features/sound/audio.h"
#include "features/spectra/mel.h"
#include "features/spectra/stft.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace musicmem::features {
namespace {

constexpr int frame_samples = 2048;
constexpr int hop_samples = study_rate / 20;
constexpr int all_bands = 40;
constexpr double highest_hertz = 3500.0;  // so that copies of 8 kHz are known
constexpr int most_frames_off = 10;       // 0.5 s

// Of the bands that lie below highest_hertz.
FilterBank low_bands() {
  const FilterBank all = slaney_mel_filters(study_rate, frame_samples, all_bands);
  constexpr double hertz_per_bin = static_cast<double>(study_rate) / frame_samples;
  std::vector<FilterBank::Filter> low;
  for (const FilterBank::Filter& filter : all.filters()) {
    const double end = hertz_per_bin * (filter.first_bin + static_cast<double>(filter.weights.size()));
    if (end <= highest_hertz) low.push_back(filter);
  }
  return {all.bins(), std::move(low)};
}

// Energies of the bands, [frames][bands].
std::vector<float> band_energies(std::span<const float> samples, const FilterBank& bands) {
  const Stft stft(frame_samples, hop_samples);
  std::vector<std::complex<float>> spectrum;
  stft.transform(samples, spectrum);
  std::vector<float> power(spectrum.size());
  std::ranges::transform(spectrum, power.begin(), [](const auto& value) { return std::norm(value); });
  std::vector<float> energies(static_cast<std::size_t>(stft.frames(samples.size()) * bands.size()));
  bands.apply(power, energies);
  return energies;
}

// Of frames a[first_a ...] with b[first_b ...], `count` values each.
double correlation(std::span<const float> a, std::span<const float> b) {
  double products = 0.0;
  double squares_a = 0.0;
  double squares_b = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    products += static_cast<double>(a[i]) * b[i];
    squares_a += static_cast<double>(a[i]) * a[i];
    squares_b += static_cast<double>(b[i]) * b[i];
  }
  return squares_a > 0.0 && squares_b > 0.0 ? products / std::sqrt(squares_a * squares_b) : 0.0;
}

// Whether the clips have about the same colour of sound: without it nothing need be correlated.
bool have_like_levels(const SoundPrint& a, const SoundPrint& b) {
  constexpr double most_decibel = 4.0;  // root mean square
  double squares = 0.0;
  for (std::size_t band = 0; band < a.level.size(); ++band)
    squares += std::pow(a.level[band] - b.level[band], 2);
  return squares <= most_decibel * most_decibel * static_cast<double>(a.level.size());
}

}  // namespace

SoundPrint sound_print(std::span<const float> samples) {
  static const FilterBank bands = low_bands();
  const auto count = static_cast<std::size_t>(bands.size());
  std::vector<float> energies = band_energies(samples, bands);
  const float loudest = energies.empty() ? 0.0F : std::ranges::max(energies);
  if (!(loudest > 0.0F)) return {};
  constexpr float quietest = 1e-4F;  // of the loudest: what is below is as good as silent
  for (float& energy : energies) energy = 10.0F * std::log10(energy + quietest * loudest);
  const auto frames = static_cast<float>(energies.size() / count);
  SoundPrint print;
  print.level.assign(count, 0.0F);
  for (std::size_t i = 0; i < energies.size(); ++i) print.level[i % count] += energies[i] / frames;
  for (std::size_t i = 0; i < energies.size(); ++i) energies[i] -= print.level[i % count];
  print.motion = std::move(energies);
  const float mean =
      std::accumulate(print.level.begin(), print.level.end(), 0.0F) / static_cast<float>(count);
  for (float& level : print.level) level -= mean;
  return print;
}

double similarity(const SoundPrint& a, const SoundPrint& b) {
  if (a.motion.empty() || b.motion.empty()) return 0.0;
  const std::size_t bands = a.level.size();
  const std::size_t shorter = std::min(a.motion.size(), b.motion.size());
  double best = 0.0;
  for (int off = -most_frames_off; off <= most_frames_off; ++off) {
    const std::size_t skipped = static_cast<std::size_t>(std::abs(off)) * bands;
    if (2 * skipped > shorter) continue;
    const std::size_t from_a = off > 0 ? skipped : 0;
    const std::size_t from_b = off < 0 ? skipped : 0;
    const std::size_t length = std::min(a.motion.size() - from_a, b.motion.size() - from_b);
    best = std::max(best, correlation(std::span(a.motion).subspan(from_a, length),
                                      std::span(b.motion).subspan(from_b, length)));
  }
  return best;
}

std::vector<NearDuplicate> near_duplicates(std::span<const SoundPrint> prints,
                                           std::span<const std::string> groups) {
  std::vector<NearDuplicate> pairs;
  for (std::size_t i = 0; i < prints.size(); ++i) {
    for (std::size_t j = i + 1; j < prints.size(); ++j) {
      if (prints[i].motion.empty() || prints[j].motion.empty()) continue;
      if (!groups.empty() && groups[i] == groups[j]) continue;
      if (!have_like_levels(prints[i], prints[j])) continue;
      const double found = similarity(prints[i], prints[j]);
      if (found >= near_duplicate_correlation) pairs.push_back({i, j, found});
    }
  }
  return pairs;
}

}  // namespace musicmem::features
