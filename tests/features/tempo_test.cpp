// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/descriptors/tempo.h"

#include "features/descriptors/onset.h"
#include "tests/features/signals.h"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

namespace musicmem::features {
namespace {

// The grid of answers is 1875 / lag bpm; 117.1875 is lag 16, the nearest to the prior's 120.
constexpr double nearest_to_prior = 117.1875;

double tempo_of(const std::vector<float>& clip) {
  return tempo(onset_strength_of_clip(clip));
}

TEST(Tempo, of_silence_is_where_the_prior_is_highest) {
  EXPECT_DOUBLE_EQ(tempo_of(signals::constant(0.0f)), nearest_to_prior);
}

TEST(Tempo, of_a_click_track_is_the_nearest_on_the_grid) {
  EXPECT_DOUBLE_EQ(tempo_of(signals::clicks(8000)), nearest_to_prior);   // 120 bpm
  EXPECT_DOUBLE_EQ(tempo_of(signals::clicks(512 * 20)), 1875.0 / 20.0);  // 93.75 bpm, lag 20 exactly
  EXPECT_DOUBLE_EQ(tempo_of(signals::clicks(512 * 12)), 1875.0 / 12.0);  // 156.25 bpm, lag 12 exactly
}

TEST(Tempo, does_not_depend_on_loudness) {
  std::vector<float> clip = signals::clicks(512 * 20);
  const std::vector<float> floor_noise = signals::noise(0.01f, 5);
  for (std::size_t i = 0; i < clip.size(); ++i) clip[i] = 0.5f * clip[i] + floor_noise[i];
  const double loud = tempo_of(clip);
  for (float& sample : clip) sample *= 0.125f;

  const double soft = tempo_of(clip);

  EXPECT_DOUBLE_EQ(soft, loud);
}

TEST(OnsetStrength, rises_only_where_something_starts) {
  constexpr std::size_t start = 100 * 512;
  const std::vector<float> strength = onset_strength_of_clip(signals::impulse(start));

  ASSERT_EQ(strength.size(), 157u);
  for (std::size_t t = 0; t < strength.size(); ++t) {
    const bool window_reaches_it = t >= 99 && t <= 103;  // delayed by two frames against the window's centre
    EXPECT_TRUE(window_reaches_it || strength[t] == 0.0f) << t;
  }
  EXPECT_GT(*std::ranges::max_element(strength), 10.0f);
}

TEST(Tempogram, is_one_at_lag_zero_and_nowhere_larger) {
  constexpr std::size_t lags = 384;
  const std::vector<float> strength = onset_strength_of_clip(signals::clicks(8000));

  const std::vector<double> values = tempogram(strength, lags);

  ASSERT_EQ(values.size(), strength.size() * lags);
  for (std::size_t t = 0; t < strength.size(); ++t) EXPECT_DOUBLE_EQ(values[t * lags], 1.0) << t;
  EXPECT_DOUBLE_EQ(*std::ranges::max_element(values), 1.0);
}

TEST(Tempogram, of_silence_is_zero) {
  const std::vector<double> values = tempogram(std::vector<float>(157, 0.0f));

  ASSERT_EQ(values.size(), 157u * 384u);
  EXPECT_TRUE(std::ranges::all_of(values, [](double v) { return v == 0.0; }));
}

}  // namespace
}  // namespace musicmem::features
