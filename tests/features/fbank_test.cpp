// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/fbank.h"

#include "tests/features/signals.h"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

namespace musicmem::features {
namespace {

constexpr float floor_of_logarithm = -15.942385f;

TEST(Fbank, counts_the_windows_that_lie_wholly_in_the_signal) {
  EXPECT_EQ(fbank_frames(80000), 498);
  EXPECT_EQ(fbank_frames(16000), 98);
  EXPECT_EQ(fbank_frames(400), 1);
  EXPECT_EQ(fbank_frames(399), 0);
}

TEST(Fbank, of_silence_is_the_logarithm_of_the_smallest_step_of_a_float) {
  const std::vector<float> values = fbank(signals::constant(0.0f));

  ASSERT_EQ(values.size(), 498u * fbank_mel_bins);
  for (const float value : values) ASSERT_FLOAT_EQ(value, floor_of_logarithm);
}

TEST(Fbank, does_not_depend_on_a_constant_offset) {
  const std::vector<float> clip = signals::noise(0.25f, 3);
  std::vector<float> lifted = clip;
  for (float& sample : lifted) sample += 0.5f;

  const std::vector<float> plain = fbank(clip);
  const std::vector<float> offset = fbank(lifted);

  ASSERT_EQ(plain.size(), offset.size());
  for (std::size_t i = 0; i < plain.size(); ++i) ASSERT_NEAR(plain[i], offset[i], 1e-2f);
}

TEST(Fbank, filter_without_a_bin_always_has_the_floor) {
  constexpr std::size_t empty_filter = 3;  // between two bins of 31.25 Hz

  const std::vector<float> values = fbank(signals::noise(1.0f, 4));

  for (std::size_t i = empty_filter; i < values.size(); i += fbank_mel_bins) {
    ASSERT_FLOAT_EQ(values[i], floor_of_logarithm);
  }
}

TEST(Fbank, is_finite_for_difficult_signals) {
  for (const auto& [name, clip] : signals::difficult()) {
    const std::vector<float> values = fbank(clip);

    EXPECT_TRUE(std::ranges::all_of(values, [](float v) { return std::isfinite(v); })) << name;
    EXPECT_GE(*std::ranges::min_element(values), floor_of_logarithm - 1e-5f) << name;
  }
}

}  // namespace
}  // namespace musicmem::features
