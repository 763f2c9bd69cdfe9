// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/clip_analysis.h"
#include "features/descriptors/mfcc.h"
#include "features/sound/audio.h"
#include "tests/features/signals.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace musicmem::features {
namespace {

std::map<std::string, FeatureMatrix> by_name(const std::vector<float>& clip,
                                             std::optional<double> tuning = std::nullopt) {
  Analysers analysers;
  std::map<std::string, FeatureMatrix> result;
  ClipAnalysis analysis(clip, analysers, tuning);
  for (const FeatureMatrix& matrix : analysis.classic()) result[matrix.name] = matrix;
  return result;
}

TEST(ClassicFeatures, have_librosas_names_and_shapes) {
  const std::map<std::string, int> bins = {{"chroma_cens", 12},
                                           {"tonnetz", 6},
                                           {"tempogram", 384},
                                           {"onset_strength", 1},
                                           {"mfcc", 20},
                                           {"mfcc_delta", 20},
                                           {"mfcc_delta2", 20},
                                           {"spectral_centroid", 1},
                                           {"spectral_bandwidth", 1},
                                           {"spectral_contrast", 7},
                                           {"spectral_flatness", 1},
                                           {"spectral_rolloff", 1},
                                           {"rms", 1},
                                           {"zero_crossing_rate", 1}};

  const auto matrices = by_name(signals::noise(0.5f, 7));

  ASSERT_EQ(matrices.size(), bins.size());
  for (const auto& [name, count] : bins) {
    const FeatureMatrix& matrix = matrices.at(name);
    EXPECT_EQ(matrix.bins, count) << name;
    EXPECT_EQ(matrix.frames, 157) << name;
    EXPECT_EQ(matrix.values.size(), static_cast<std::size_t>(count) * 157u) << name;
    EXPECT_FALSE(matrix.unit.empty()) << name;
  }
}

TEST(ClassicFeatures, take_a_tuning_for_their_harmony) {
  const std::vector<float> clip = signals::noise(0.5f, 3);
  ChromaCqt chroma(study_rate);
  const auto fixed = by_name(clip, 0.3);
  const auto estimated = by_name(clip);

  EXPECT_EQ(fixed.at("chroma_cens").values, chroma_cens(chroma.compute_unnormalized(clip, 0.3)));
  EXPECT_NE(fixed.at("tonnetz").values, by_name(clip, -0.3).at("tonnetz").values);
  EXPECT_EQ(fixed.at("mfcc").values, estimated.at("mfcc").values);
  EXPECT_EQ(estimated.at("tonnetz").values, by_name(clip, chroma.estimate_tuning(clip)).at("tonnetz").values);
}

TEST(ClassicFeatures, are_finite_for_difficult_signals) {
  for (const auto& [name, clip] : signals::difficult()) {
    for (const auto& [feature, matrix] : by_name(clip)) {
      EXPECT_TRUE(std::ranges::all_of(matrix.values, [](float v) { return std::isfinite(v); }))
          << feature << " of " << name;
    }
  }
}

TEST(ClassicFeatures, know_a_square_wave) {
  const auto matrices = by_name(signals::square(160));  // 100 Hz, full scale

  constexpr std::size_t middle = 78;
  EXPECT_NEAR(matrices.at("rms").values[middle], 1.0f, 1e-6f);
  EXPECT_NEAR(matrices.at("zero_crossing_rate").values[middle], 200.0f / 16000.0f, 1.0f / 2048.0f);
}

TEST(MeanPooled, names_one_column_per_bin) {
  const std::vector<FeatureMatrix> matrices = {{"mfcc", "dB", 12, 1, std::vector<float>(12, 0.0f)},
                                               {"rms", "1", 1, 2, {1.0f, 2.0f}}};

  const PooledFeatures pooled = mean_pooled(matrices);

  EXPECT_EQ(pooled.columns.front(), "mfcc_01");
  EXPECT_EQ(pooled.columns[11], "mfcc_12");
  EXPECT_EQ(pooled.columns[12], "rms");
  EXPECT_EQ(std::set(pooled.columns.begin(), pooled.columns.end()).size(), pooled.columns.size());
  EXPECT_DOUBLE_EQ(pooled.values[12], 1.5);
}

TEST(MeanPooled, averages_each_row) {
  const std::vector<FeatureMatrix> matrices = {{"x", "1", 2, 3, {1.0f, 2.0f, 6.0f, -1.0f, 0.0f, 1.0f}}};

  const PooledFeatures pooled = mean_pooled(matrices);

  EXPECT_THAT(pooled.columns, testing::ElementsAre("x_1", "x_2"));
  EXPECT_THAT(pooled.values, testing::ElementsAre(3.0, 0.0));
}

TEST(Delta, of_a_parabola_is_its_derivative) {
  constexpr int frames = 20;
  std::vector<float> parabola;
  for (int t = 0; t < frames; ++t) parabola.push_back(0.5f * static_cast<float>(t * t));

  const std::vector<float> slope = delta(parabola, frames, 1);
  const std::vector<float> curvature = delta(parabola, frames, 2);

  for (int t = 4; t < frames - 4; ++t) {
    EXPECT_NEAR(slope[static_cast<std::size_t>(t)], static_cast<float>(t), 1e-4f) << t;
  }
  for (const float value : curvature) EXPECT_NEAR(value, 1.0f, 1e-4f);
}

}  // namespace
}  // namespace musicmem::features
