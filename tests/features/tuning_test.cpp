// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/descriptors/tuning.h"

#include <cmath>
#include <numbers>
#include <vector>

#include <gtest/gtest.h>

namespace musicmem::features {
namespace {

// Scale steps around A4, each `deviation` bins too high.
std::vector<float> detuned_scale(double deviation, int bins_per_octave) {
  std::vector<float> frequencies;
  for (int step = -20; step <= 20; ++step) {
    frequencies.push_back(static_cast<float>(440.0 * std::exp2((step + deviation) / bins_per_octave)));
  }
  return frequencies;
}

TEST(PitchTuning, is_the_lower_edge_of_the_cell_of_a_detuned_scale) {
  for (const int bins_per_octave : {12, 36}) {
    for (const double edge : {-0.5, -0.21, 0.0, 0.17, 0.49}) {
      EXPECT_NEAR(pitch_tuning(detuned_scale(edge + 0.005, bins_per_octave), bins_per_octave), edge, 1e-12);
    }
  }
}

TEST(PitchTuning, is_the_lowest_of_cells_with_equal_votes) {
  std::vector<float> frequencies = detuned_scale(0.305, 12);
  const std::vector<float> flat = detuned_scale(-0.105, 12);
  frequencies.insert(frequencies.end(), flat.begin(), flat.end());

  EXPECT_NEAR(pitch_tuning(frequencies, 12), -0.11, 1e-12);
}

TEST(PitchTuning, is_zero_without_pitches) {
  EXPECT_EQ(pitch_tuning({}, 36), 0.0);
}

TEST(TuningEstimator, finds_the_deviation_of_steady_tones) {
  constexpr int rate = 16000;
  for (const double deviation : {-0.3, 0.2}) {
    std::vector<float> y(2 * rate);
    for (std::size_t n = 0; n < y.size(); ++n) {
      for (const int step : {-12, 0, 7, 12, 19}) {
        const double pitch = 440.0 * std::exp2((step + deviation) / 12.0);
        y[n] += static_cast<float>(0.1 *
                                   std::sin(2.0 * std::numbers::pi * pitch * static_cast<double>(n) / rate));
      }
    }

    EXPECT_NEAR(TuningEstimator(rate).estimate(y, 12), deviation, 0.03);
  }
}

TEST(TuningEstimator, is_zero_for_silence_and_for_no_sound) {
  TuningEstimator estimator(16000);

  EXPECT_EQ(estimator.estimate(std::vector<float>(16000, 0.0f), 36), 0.0);
  EXPECT_EQ(estimator.estimate({}, 36), 0.0);
}

}  // namespace
}  // namespace musicmem::features
