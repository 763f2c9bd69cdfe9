// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/mlp_loss.h"

#include <cmath>

#include <gtest/gtest.h>

namespace musicmem::models {
namespace {

const std::vector<float> kScores = {0.3F, 0.9F, 0.5F, -0.2F, 0.6F};
const std::vector<float> kLabels = {0.4F, 0.7F, 0.7F, 0.1F, 0.9F};
const std::vector<float> kWeights = {0.5F, 1.5F, 1.0F, 1.2F, 0.8F};

class MlpLoss : public ::testing::TestWithParam<double> {};

TEST_P(MlpLoss, slope_agrees_with_finite_differences) {
  constexpr float h = 1.0F / 256.0F;

  const LossSlope result = mlp_loss(kScores, kLabels, kWeights, GetParam());

  for (std::size_t i = 0; i < kScores.size(); ++i) {
    std::vector<float> up = kScores;
    std::vector<float> down = kScores;
    up[i] += h;
    down[i] -= h;
    const double difference =
        mlp_loss(up, kLabels, kWeights, GetParam()).loss - mlp_loss(down, kLabels, kWeights, GetParam()).loss;
    EXPECT_NEAR(result.slope[i], difference / (up[i] - down[i]), 2e-6) << "score " << i;
  }
}

INSTANTIATE_TEST_SUITE_P(RankingShares, MlpLoss, ::testing::Values(0.0, 0.5, 1.0));

TEST(MlpLoss, without_ranking_is_the_weighted_mean_squared_error) {
  double expected = 0.0;
  for (std::size_t i = 0; i < kScores.size(); ++i) {
    expected += kWeights[i] * std::pow(static_cast<double>(kScores[i]) - kLabels[i], 2) / 5.0;
  }

  EXPECT_NEAR(mlp_loss(kScores, kLabels, kWeights, 0.0).loss, expected, 1e-12);
}

TEST(MlpLoss, ranking_counts_each_ordered_pair_once) {
  const std::vector<float> scores = {0.0F, 2.0F};
  const std::vector<float> labels = {0.8F, 0.3F};

  const LossSlope result = mlp_loss(scores, labels, {}, 1.0);

  EXPECT_NEAR(result.loss, std::log1p(std::exp(2.0)), 1e-12);
  EXPECT_LT(result.slope[0], 0.0F);
  EXPECT_EQ(result.slope[0], -result.slope[1]);
}

TEST(MlpLoss, ranking_is_zero_where_all_labels_are_equal) {
  const std::vector<float> labels(kScores.size(), 0.5F);

  EXPECT_EQ(mlp_loss(kScores, labels, {}, 1.0).loss, 0.0);
}

}  // namespace
}  // namespace musicmem::models
