// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/ssast/spectrogram_input.h"

#include "data/generator.h"

#include <algorithm>
#include <cassert>

namespace musicmem::models {
namespace {

// Longest time mask as a share of the input.
constexpr double largest_masked_share = 0.4;
constexpr double loudest_noise = 0.1;
constexpr int furthest_roll = 10;  // -10 .. 9 frames

// [begin, end) of one mask: its width is floor(U widest), its place such that it lies within `length`.
struct Mask {
  std::size_t begin = 0;
  std::size_t end = 0;
};

Mask draw_mask(data::Generator& generator, std::size_t length, double widest) {
  const double width = generator.uniform() * std::min(widest, static_cast<double>(length));
  const double begin = generator.uniform() * (static_cast<double>(length) - width);
  const auto first = static_cast<std::size_t>(begin);
  return {first, first + static_cast<std::size_t>(width)};
}

void mask_bins(std::span<float> out, const Mask& mask) {
  for (std::size_t at = 0; at < out.size(); at += spectrogram_bins) {
    std::fill(out.begin() + static_cast<std::ptrdiff_t>(at + mask.begin),
              out.begin() + static_cast<std::ptrdiff_t>(at + mask.end), 0.0F);
  }
}

void mask_frames(std::span<float> out, const Mask& mask) {
  std::fill(out.begin() + static_cast<std::ptrdiff_t>(mask.begin * spectrogram_bins),
            out.begin() + static_cast<std::ptrdiff_t>(mask.end * spectrogram_bins), 0.0F);
}

void add_noise(data::Generator& generator, std::span<float> out) {
  const double level = loudest_noise * generator.uniform();
  for (float& value : out) value += static_cast<float>(level * generator.uniform());
}

void roll_in_time(data::Generator& generator, std::span<float> out) {
  const auto frames = static_cast<std::ptrdiff_t>(out.size() / spectrogram_bins);
  const auto shift = static_cast<std::ptrdiff_t>(generator.below(2 * furthest_roll)) - furthest_roll;
  const std::ptrdiff_t first = ((-shift) % frames + frames) % frames;  // what comes to the beginning
  std::rotate(out.begin(), out.begin() + first * static_cast<std::ptrdiff_t>(spectrogram_bins), out.end());
}

}  // namespace

SpectrogramInput::SpectrogramInput(const config::SsastTraining& settings, std::size_t target_length,
                                   const SpectrogramStatistics& statistics)
    : settings_(settings), target_length_(target_length), statistics_(statistics) {}

void SpectrogramInput::make(std::span<const float> raw, std::optional<std::uint64_t> seed,
                            std::span<float> out) const {
  assert(out.size() == size());
  const std::size_t taken = std::min(raw.size(), out.size());
  std::copy_n(raw.begin(), taken, out.begin());
  std::fill(out.begin() + static_cast<std::ptrdiff_t>(taken), out.end(), 0.0F);

  std::optional<data::Generator> generator;
  if (seed) generator.emplace(*seed);
  if (generator) {
    const double most_frames = std::min<double>(settings_.spec_augment.mask_frames,
                                                largest_masked_share * static_cast<double>(target_length_));
    mask_bins(out, draw_mask(*generator, spectrogram_bins, settings_.spec_augment.mask_bins));
    mask_frames(out, draw_mask(*generator, target_length_, most_frames));
  }
  const auto mean = static_cast<float>(statistics_.mean);
  const auto scale = static_cast<float>(1.0 / (2.0 * statistics_.deviation));
  for (float& value : out) value = (value - mean) * scale;
  if (generator && settings_.spec_augment.noise) add_noise(*generator, out);
  if (generator && settings_.spec_augment.roll) roll_in_time(*generator, out);
}

}  // namespace musicmem::models
