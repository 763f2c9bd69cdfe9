// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/spectra/constant_q.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include <gtest/gtest.h>

namespace musicmem::features {
namespace {

constexpr int rate = 16000;

double center_frequency(int bin, double tuning) {
  return 440.0 * std::exp2(-45.0 / 12.0 + (bin + tuning) / ConstantQ::bins_per_octave);
}

// Magnitudes at the middle frame of two seconds of a sine with amplitude 1.
std::vector<float> response_to_sine(ConstantQ& cqt, double frequency, double tuning) {
  std::vector<float> y(2 * rate);
  for (std::size_t n = 0; n < y.size(); ++n) {
    y[n] = static_cast<float>(std::sin(2.0 * std::numbers::pi * frequency * static_cast<double>(n) / rate));
  }
  const ConstantQ::Magnitudes all = cqt.magnitudes(y, tuning);
  std::vector<float> column;
  for (int bin = 0; bin < ConstantQ::bins; ++bin) {
    column.push_back(all.values[static_cast<std::size_t>(bin * all.frames + all.frames / 2)]);
  }
  return column;
}

TEST(ConstantQ, answers_a_sine_most_at_its_bin_with_half_the_root_of_the_filter_length) {
  ConstantQ cqt(rate);
  const double step = std::exp2(2.0 / ConstantQ::bins_per_octave);
  const double quality = (step + 1.0) / (step - 1.0);

  for (const double tuning : {0.0, -0.4, 0.25}) {
    for (const int bin : {3, 40, 107, 143, 144, 200, 251}) {
      const double frequency = center_frequency(bin, tuning);

      const std::vector<float> column = response_to_sine(cqt, frequency, tuning);

      const auto largest = std::ranges::max_element(column);
      const double expected = 0.5 * std::sqrt(quality * rate / frequency);
      EXPECT_EQ(largest - column.begin(), bin);
      EXPECT_NEAR(*largest / expected, 1.0, 0.02) << bin;
    }
  }
}

// The sum that the fast path stands for, written out: one windowed sinusoid
// against the signal at its own rate.
double slow_magnitude(const std::vector<float>& y, double frequency, int center) {
  const double step = std::exp2(2.0 / ConstantQ::bins_per_octave);
  const double length = (step + 1.0) / (step - 1.0) * rate / frequency;
  const int reach = static_cast<int>(length / 2.0);
  double re = 0.0, im = 0.0, weights = 0.0;
  for (int n = -reach; n <= reach; ++n) {
    const double weight = 0.5 + 0.5 * std::cos(2.0 * std::numbers::pi * n / length);
    weights += weight;
    const int position = center + n;
    if (position < 0 || position >= static_cast<int>(y.size())) continue;
    const double angle = 2.0 * std::numbers::pi * frequency * n / rate;
    re += weight * std::cos(angle) * y[static_cast<std::size_t>(position)];
    im += weight * std::sin(angle) * y[static_cast<std::size_t>(position)];
  }
  return std::hypot(re, im) / weights * std::sqrt(length);
}

TEST(ConstantQ, agrees_with_the_plain_sum_on_decaying_tones) {
  std::vector<float> y(rate);
  for (std::size_t n = 0; n < y.size(); ++n) {
    const double time = static_cast<double>(n) / rate;
    for (const double frequency : {65.4, 220.0, 311.1, 987.8, 2637.0}) {
      y[n] += static_cast<float>(std::exp(-2.0 * time) * std::sin(2.0 * std::numbers::pi * frequency * time));
    }
  }
  ConstantQ cqt(rate);

  const ConstantQ::Magnitudes fast = cqt.magnitudes(y, 0.0);

  const float largest = std::ranges::max(fast.values);
  for (int bin = 0; bin < ConstantQ::bins; bin += 5) {
    for (int t = 0; t < fast.frames; t += 3) {
      const double slow = slow_magnitude(y, center_frequency(bin, 0.0), t * ConstantQ::hop);
      EXPECT_NEAR(fast.values[static_cast<std::size_t>(bin * fast.frames + t)], slow, 0.02 * largest)
          << "bin " << bin << ", frame " << t;
    }
  }
}

}  // namespace
}  // namespace musicmem::features
