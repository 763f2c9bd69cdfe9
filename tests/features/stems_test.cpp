// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/sources/stems.h"

#include "features/sources/timbre.h"
#include "tests/features/signals.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include <gtest/gtest.h>

namespace musicmem::features {
namespace {

double energy(const std::vector<float>& signal) {
  return std::inner_product(signal.begin(), signal.end(), signal.begin(), 0.0);
}

Stems stems_of(const std::vector<float>& clip) {
  return ApproximateSeparator().separate(SpectrumAnalyser().analyse(clip));
}

// A tone of `hertz` in samples [begin, end), with ramps of 20 ms so that it does not click.
std::vector<float> tone(double hertz, std::size_t begin, std::size_t end) {
  std::vector<float> clip(80000, 0.0f);
  for (std::size_t i = begin; i < end; ++i) {
    const double ramp =
        std::min({1.0, static_cast<double>(i - begin) / 320.0, static_cast<double>(end - i) / 320.0});
    const double phase = 2.0 * std::numbers::pi * hertz * static_cast<double>(i) / 16000.0;
    clip[i] = static_cast<float>(0.4 * ramp * std::sin(phase));
  }
  return clip;
}

// Four transforms back in single precision.
TEST(ApproximateStems, sum_to_the_clip) {
  for (const auto& [name, clip] : signals::difficult()) {
    const Stems stems = stems_of(clip);

    ASSERT_EQ(stems.other.size(), clip.size());
    for (std::size_t i = 0; i < clip.size(); ++i) {
      const float sum = stems.vocals[i] + stems.drums[i] + stems.bass[i] + stems.other[i];
      ASSERT_NEAR(sum, clip[i], 4e-6f) << name << " at " << i;
    }
  }
}

TEST(ApproximateStems, clicks_are_drums) {
  const Stems stems = stems_of(signals::clicks(8000));

  EXPECT_GT(energy(stems.drums), 100.0 * (energy(stems.vocals) + energy(stems.bass) + energy(stems.other)));
}

TEST(ApproximateStems, low_tone_is_bass) {
  const Stems stems = stems_of(tone(80.0, 0, 80000));

  EXPECT_GT(energy(stems.bass), 50.0 * (energy(stems.vocals) + energy(stems.drums) + energy(stems.other)));
}

TEST(ApproximateStems, steady_accompaniment_is_other) {
  const Stems stems = stems_of(tone(800.0, 0, 80000));

  EXPECT_GT(energy(stems.other), 50.0 * (energy(stems.vocals) + energy(stems.drums) + energy(stems.bass)));
}

TEST(ApproximateStems, phrase_that_does_not_repeat_is_vocals) {
  std::vector<float> clip = tone(800.0, 0, 80000);
  const std::vector<float> phrase = tone(1300.0, 32000, 48000);
  for (std::size_t i = 0; i < clip.size(); ++i) clip[i] = 0.5f * (clip[i] + phrase[i]);

  const Stems stems = stems_of(clip);

  const double sung = energy(phrase) / 4.0;
  EXPECT_NEAR(energy(stems.vocals), sung, 0.3 * sung);
}

TEST(ApproximateStems, vocals_of_a_clip_without_a_second_to_compare_are_silent) {
  const Stems stems = stems_of(signals::noise(0.5f, 6, 15000));

  EXPECT_EQ(energy(stems.vocals), 0.0);
  EXPECT_GT(energy(stems.other), 0.0);
}

TEST(Timbre, of_silence_is_the_floor_without_deviation) {
  const std::vector<float> silence = signals::constant(0.0f, 16000);

  const auto values = timbre(decibels({silence, silence, silence, silence}), 0, 16000);

  for (std::size_t i = 0; i < values.size(); i += 2) {
    EXPECT_NEAR(values[i], -100.0, 1e-4);
    EXPECT_NEAR(values[i + 1], 0.0, 1e-4);
  }
}

TEST(Timbre, floor_lies_80_dB_below_the_highest_level_of_the_segment) {
  std::vector<float> half_silent = signals::constant(0.0f, 16000);
  std::fill_n(half_silent.begin(), 8000, 0.1f);  // -20 dB, so that silence counts as -100 dB
  std::vector<float> louder = half_silent;
  for (float& sample : louder) sample *= 10.0f;  // 0 dB, so that silence counts as -80 dB
  const std::vector<float> full = signals::constant(1.0f, 16000);

  const auto values = timbre(decibels({half_silent, louder, full, full}), 0, 16000);

  EXPECT_NEAR(values[0], -60.0, 1e-4);
  EXPECT_NEAR(values[1], 40.0, 1e-4);
  EXPECT_NEAR(values[2], -40.0, 1e-4);
  EXPECT_NEAR(values[3], 40.0, 1e-4);
  EXPECT_NEAR(values[4], 0.0, 1e-4);
  EXPECT_NEAR(values[5], 0.0, 1e-4);
}

TEST(Timbre, looks_at_its_segment_only) {
  std::vector<float> stem = signals::constant(1.0f, 32000);
  std::fill_n(stem.begin(), 16000, 0.1f);

  const auto values = timbre(decibels({stem, stem, stem, stem}), 0, 16000);

  EXPECT_NEAR(values[0], -20.0, 1e-4);
}

}  // namespace
}  // namespace musicmem::features
