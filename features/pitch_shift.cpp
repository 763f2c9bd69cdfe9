// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/pitch_shift.h"

#include <algorithm>
#include <cmath>

#include <rubberband/RubberBandStretcher.h>

namespace musicmem::features {
namespace {

using RubberBand::RubberBandStretcher;

constexpr std::size_t block_size = 1024;

// Calls step(pointer, count, is_last) for consecutive blocks.
template <typename Step>
void for_each_block(std::span<const float> samples, Step step) {
  for (std::size_t start = 0; start < samples.size(); start += block_size) {
    const std::size_t count = std::min(block_size, samples.size() - start);
    step(samples.data() + start, count, start + count == samples.size());
  }
}

void take_available(RubberBandStretcher& stretcher, std::vector<float>& output) {
  for (int available = stretcher.available(); available > 0; available = stretcher.available()) {
    const std::size_t old_size = output.size();
    output.resize(old_size + static_cast<std::size_t>(available));
    float* target = output.data() + old_size;
    output.resize(old_size + stretcher.retrieve(&target, static_cast<std::size_t>(available)));
  }
}

}  // namespace

std::vector<float> pitch_shift(std::span<const float> samples, int rate, double semitones) {
  constexpr double semitones_per_octave = 12.0;
  const auto options = RubberBandStretcher::OptionProcessOffline | RubberBandStretcher::OptionThreadingNever;
  RubberBandStretcher stretcher(static_cast<std::size_t>(rate), 1, options, 1.0,
                                std::pow(2.0, semitones / semitones_per_octave));
  stretcher.setExpectedInputDuration(samples.size());
  stretcher.setMaxProcessSize(block_size);
  for_each_block(samples, [&](const float* block, std::size_t count, bool last) {
    stretcher.study(&block, count, last);
  });
  std::vector<float> shifted;
  shifted.reserve(samples.size() + block_size);
  for_each_block(samples, [&](const float* block, std::size_t count, bool last) {
    stretcher.process(&block, count, last);
    take_available(stretcher, shifted);
  });
  take_available(stretcher, shifted);
  shifted.resize(samples.size(), 0.0F);
  return shifted;
}

}  // namespace musicmem::features
