// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/tabular/mlp_loss.h"

#include <cmath>

#include <gtest/gtest.h>

namespace musicmem::models {
namespace {

const std::vector<float> some_scores = {0.3F, 0.9F, 0.5F, -0.2F, 0.6F};
const std::vector<float> some_labels = {0.4F, 0.7F, 0.7F, 0.1F, 0.9F};
const std::vector<float> weights = {0.5F, 1.5F, 1.0F, 1.2F, 0.8F};

class MlpLoss : public ::testing::TestWithParam<double> {};

TEST_P(MlpLoss, slope_agrees_with_finite_differences) {
  constexpr float h = 1.0F / 256.0F;

  const LossSlope result = mlp_loss(some_scores, some_labels, weights, GetParam());

  for (std::size_t i = 0; i < some_scores.size(); ++i) {
    std::vector<float> up = some_scores;
    std::vector<float> down = some_scores;
    up[i] += h;
    down[i] -= h;
    const double difference = mlp_loss(up, some_labels, weights, GetParam()).loss -
                              mlp_loss(down, some_labels, weights, GetParam()).loss;
    EXPECT_NEAR(result.slope[i], difference / (up[i] - down[i]), 2e-6) << "score " << i;
  }
}

INSTANTIATE_TEST_SUITE_P(RankingShares, MlpLoss, ::testing::Values(0.0, 0.5, 1.0));

TEST(MlpLoss, without_ranking_is_the_weighted_mean_squared_error) {
  double expected = 0.0;
  for (std::size_t i = 0; i < some_scores.size(); ++i) {
    expected += weights[i] * std::pow(static_cast<double>(some_scores[i]) - some_labels[i], 2) / 5.0;
  }

  EXPECT_NEAR(mlp_loss(some_scores, some_labels, weights, 0.0).loss, expected, 1e-12);
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
  const std::vector<float> labels(some_scores.size(), 0.5F);

  EXPECT_EQ(mlp_loss(some_scores, labels, {}, 1.0).loss, 0.0);
}

}  // namespace
}  // namespace musicmem::models
