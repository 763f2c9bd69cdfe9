// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/metrics.h"

#include "tests/models/example_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace musicmem::models {
namespace {

TEST(Metrics, agree_with_scipy_on_series_with_ties) {
  const auto golden = testing::open_golden();
  const std::vector<double> label = golden.doubles("metrics/label");
  const std::vector<double> prediction = golden.doubles("metrics/prediction");

  const Metrics metrics = compute_metrics(label, prediction);

  EXPECT_NEAR(metrics.spearman.value(), golden.doubles("metrics/spearman")[0], 1e-12);
  EXPECT_NEAR(metrics.pearson.value(), golden.doubles("metrics/pearson")[0], 1e-12);
  EXPECT_NEAR(metrics.mse, golden.doubles("metrics/mse")[0], 1e-15);
  EXPECT_NEAR(metrics.mae, golden.doubles("metrics/mae")[0], 1e-15);
}

TEST(Metrics, ties_share_their_average_rank) {
  const std::vector<double> values = {0.3, 0.1, 0.3, 0.9, 0.3};

  const std::vector<double> ranks = average_ranks(values);

  EXPECT_THAT(ranks, ::testing::ElementsAre(3.0, 1.0, 3.0, 5.0, 3.0));
}

TEST(Metrics, correlation_of_a_constant_is_undefined) {
  const std::vector<double> label = {0.1, 0.2, 0.3};
  const std::vector<double> constant = {0.7, 0.7, 0.7};

  const Metrics metrics = compute_metrics(label, constant);

  EXPECT_EQ(metrics.spearman, std::nullopt);
  EXPECT_EQ(metrics.pearson, std::nullopt);
  EXPECT_NEAR(metrics.mae, 0.5, 1e-15);
}

TEST(Metrics, correlation_of_one_point_is_undefined) {
  const std::vector<double> one = {0.4};

  EXPECT_EQ(spearman(one, one), std::nullopt);
  EXPECT_EQ(pearson(one, one), std::nullopt);
}

}  // namespace
}  // namespace musicmem::models
