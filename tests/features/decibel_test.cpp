// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/spectra/decibel.h"

#include <cmath>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

namespace musicmem::features {
namespace {

TEST(TakeLogarithms, equals_the_logarithm_of_the_library) {
  std::vector<float> values;
  for (float v = std::numeric_limits<float>::min(); v < std::numeric_limits<float>::max() / 1.01f;
       v *= 1.0037f) {
    values.push_back(v);
  }
  std::vector<float> ours = values;

  take_logarithms(ours);

  for (std::size_t i = 0; i < values.size(); ++i) {
    const double truth = std::log(static_cast<double>(values[i]));
    ASSERT_NEAR(ours[i], truth, 2e-7 * std::max(1.0, std::abs(truth))) << values[i];
  }
}

TEST(TakeLogarithms, of_one_is_exactly_zero) {
  std::vector<float> values = {1.0f};

  take_logarithms(values);

  EXPECT_EQ(values[0], 0.0f);
}

TEST(PowerToDb, keeps_a_range_of_80_dB) {
  std::vector<float> values = {1.0f, 1e-3f, 1e-9f, 0.0f};

  power_to_db(values);

  EXPECT_NEAR(values[0], 0.0f, 1e-5f);
  EXPECT_NEAR(values[1], -30.0f, 1e-5f);
  EXPECT_NEAR(values[2], -80.0f, 1e-5f);
  EXPECT_NEAR(values[3], -80.0f, 1e-5f);
}

TEST(PowerToDb, of_silence_is_its_own_floor) {
  std::vector<float> values(5, 0.0f);

  power_to_db(values);

  for (const float value : values) EXPECT_NEAR(value, -100.0f, 1e-4f);
}

TEST(AmplitudeToDb, takes_the_size_and_not_the_sign) {
  std::vector<float> values = {-0.1f, 0.1f, 0.0f};

  amplitude_to_db(values);

  EXPECT_NEAR(values[0], -20.0f, 1e-5f);
  EXPECT_NEAR(values[1], -20.0f, 1e-5f);
  EXPECT_NEAR(values[2], -100.0f, 1e-4f);
}

}  // namespace
}  // namespace musicmem::features
