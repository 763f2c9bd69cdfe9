// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/sound/pitch_shift.h"

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

// What the command line tool multiplies its output by, and whether it clips what is still too loud.
struct ToolGain {
  float gain = 1.0F;
  bool clips = false;
};

// The tool begins anew with a lower gain whenever the output of an input block clips, down to 3/4; below that
// it clips. `ends`: where the output of each input block ends.
ToolGain tool_gain(std::span<const float> output, std::span<const std::size_t> ends) {
  constexpr float least_gain = 0.75F;
  constexpr float target_peak = 0.999F;
  ToolGain now;
  for (std::size_t block = 0, begin = 0; block < ends.size();) {
    bool clipped = false;
    for (const float sample : output.subspan(begin, ends[block] - begin)) {
      const float value = now.gain * sample;
      if (value < 1.0F && value >= -1.0F) continue;
      clipped = true;
      now.gain = target_peak / std::abs(sample);
    }
    if (clipped && !(now.gain >= least_gain)) return {least_gain, true};  // also of a NaN
    begin = clipped ? 0 : ends[block];
    block = clipped ? 0 : block + 1;
  }
  return now;
}

void apply_gain(const ToolGain& tool, std::span<float> output) {
  for (float& sample : output) {
    sample *= tool.gain;
    if (tool.clips) sample = std::clamp(sample, -1.0F, 1.0F);
  }
}

}  // namespace

double pitch_ratio(double semitones) {
  constexpr double octave = 12.0;
  constexpr double tolerance = 0.001 / 100.0;  // in semitones
  const double least = std::exp2((semitones - tolerance) / octave);
  const double most = std::exp2((semitones + tolerance) / octave);
  double denominator = 1.0;
  while (std::ceil(least * denominator) > most * denominator) ++denominator;
  return std::ceil(least * denominator) / denominator;
}

std::vector<float> pitch_shift(std::span<const float> samples, int rate, double semitones) {
  const auto options = RubberBandStretcher::OptionProcessOffline | RubberBandStretcher::OptionThreadingNever;
  RubberBandStretcher stretcher(static_cast<std::size_t>(rate), 1, options, 1.0, pitch_ratio(semitones));
  stretcher.setExpectedInputDuration(samples.size());
  stretcher.setMaxProcessSize(block_size);
  for_each_block(samples, [&](const float* block, std::size_t count, bool last) {
    stretcher.study(&block, count, last);
  });
  std::vector<float> shifted;
  shifted.reserve(samples.size() + block_size);
  std::vector<std::size_t> ends;
  for_each_block(samples, [&](const float* block, std::size_t count, bool last) {
    stretcher.process(&block, count, last);
    take_available(stretcher, shifted);
    ends.push_back(shifted.size());
  });
  apply_gain(tool_gain(shifted, ends), shifted);
  shifted.resize(samples.size(), 0.0F);
  return shifted;
}

}  // namespace musicmem::features
