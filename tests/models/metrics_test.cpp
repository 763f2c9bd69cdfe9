// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/statistics/metrics.h"

#include "tests/models/example_table.h"

#include <cmath>

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

TEST(Metrics, agree_with_scikit_learn_and_scipy_with_ties_and_without) {
  const data::hdf5::Reader golden(MUSICMEM_TEST_DATA "/metrics_golden.h5");
  for (const std::string group : {"distinct", "ties", "opposed"}) {
    const Metrics metrics =
        compute_metrics(golden.doubles(group + "/label"), golden.doubles(group + "/prediction"));

    EXPECT_NEAR(metrics.kendall.value(), golden.doubles(group + "/kendall")[0], 1e-14) << group;
    EXPECT_NEAR(metrics.r2.value(), golden.doubles(group + "/r2")[0], 1e-12) << group;
    EXPECT_NEAR(metrics.rmse(), golden.doubles(group + "/rmse")[0], 1e-14) << group;
  }
}

TEST(Metrics, kendalls_tau_counts_every_pair) {
  data::Generator generator(3);
  std::vector<double> x;
  std::vector<double> y;
  for (int i = 0; i < 200; ++i) {
    x.push_back(static_cast<double>(generator.below(20)));
    y.push_back(static_cast<double>(generator.below(30)));
  }
  double surplus = 0.0;
  double untied_x = 0.0;
  double untied_y = 0.0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const double product = (x[i] - x[j]) * (y[i] - y[j]);
      surplus += product > 0.0 ? 1.0 : product < 0.0 ? -1.0 : 0.0;
      untied_x += x[i] != x[j] ? 1.0 : 0.0;
      untied_y += y[i] != y[j] ? 1.0 : 0.0;
    }
  }

  EXPECT_NEAR(kendall(x, y).value(), surplus / std::sqrt(untied_x * untied_y), 1e-14);
}

TEST(Metrics, r2_is_undefined_for_equal_labels_and_not_for_equal_predictions) {
  const std::vector<double> equal = {0.3, 0.3, 0.3};
  const std::vector<double> rising = {0.1, 0.2, 0.6};

  EXPECT_EQ(r2(equal, rising), std::nullopt);
  EXPECT_NEAR(r2(rising, equal).value(), 0.0, 1e-15);
  EXPECT_EQ(kendall(rising, equal), std::nullopt);
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
