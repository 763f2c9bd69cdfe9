// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/spectra/half_rate.h"

#include <cmath>
#include <cstddef>
#include <random>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <soxr.h>

namespace musicmem::features {
namespace {

std::vector<float> noise(std::size_t samples) {
  std::mt19937 generator(7);
  std::vector<float> y(samples);
  for (float& value : y) value = static_cast<float>(generator()) / 2147483648.0f - 1.0f;
  return y;
}

// The resampler that the fast path stands in for, and the scale that librosa gives its result.
std::vector<float> resample_with_soxr(const std::vector<float>& y) {
  std::vector<float> halved((y.size() + 1) / 2);
  const soxr_quality_spec_t quality = soxr_quality_spec(SOXR_HQ, 0);
  std::size_t written = 0;
  EXPECT_EQ(soxr_oneshot(2.0, 1.0, 1, y.data(), y.size(), nullptr, halved.data(), halved.size(), &written,
                         nullptr, &quality, nullptr),
            nullptr);
  for (float& value : halved) value *= std::sqrt(2.0f);
  return halved;
}

TEST(HalfRate, equals_soxr_whatever_the_length) {
  HalfRate half_rate;
  std::vector<float> halved;
  for (const std::size_t samples : {2, 250, 399, 1001, 3696, 3697, 4096, 16000, 20003}) {
    const std::vector<float> y = noise(samples);

    half_rate.apply(y, halved);

    EXPECT_THAT(halved, testing::Pointwise(testing::FloatNear(3e-6f), resample_with_soxr(y))) << samples;
  }
}

TEST(HalfRate, rounds_the_number_of_samples_up) {
  HalfRate half_rate;
  std::vector<float> halved = {1.0f};

  half_rate.apply({}, halved);
  EXPECT_EQ(halved.size(), 0u);

  half_rate.apply(noise(1), halved);
  EXPECT_EQ(halved.size(), 1u);

  half_rate.apply(noise(7), halved);
  EXPECT_EQ(halved.size(), 4u);
}

}  // namespace
}  // namespace musicmem::features
