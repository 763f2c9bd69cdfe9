// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/tables/lds.h"
#include "models/tables/normalisation.h"
#include "models/tables/pooling.h"
#include "tests/models/example_table.h"

#include <numeric>

#include <gtest/gtest.h>

namespace musicmem::models {
namespace {

TEST(LdsWeights, agree_with_numpy) {
  const auto golden = testing::open_golden();
  const std::vector<double> expected = golden.doubles("lds/weight");

  const std::vector<double> weights = lds_weights(golden.doubles("lds/label"));

  ASSERT_EQ(weights.size(), expected.size());
  for (std::size_t i = 0; i < weights.size(); ++i) EXPECT_NEAR(weights[i], expected[i], 1e-12 * expected[i]);
}

TEST(LdsWeights, weigh_rare_labels_more_and_average_to_one) {
  const std::vector<double> labels = {0.81, 0.82, 0.81, 0.83, 0.8, 0.1};

  const std::vector<double> weights = lds_weights(labels);

  EXPECT_GT(weights.back(), 2.0 * weights.front());
  EXPECT_NEAR(std::accumulate(weights.begin(), weights.end(), 0.0), 6.0, 1e-12);
}

TEST(Normalisation, agrees_with_scikit_learns_standard_scaler) {
  const auto golden = testing::open_golden();
  const std::vector<double> mean = golden.doubles("scaler/mean");
  const std::vector<double> scale = golden.doubles("scaler/scale");

  const Normalisation normalisation = Normalisation::of(testing::golden_matrix(golden, "scaler/x"));

  for (std::size_t c = 0; c < mean.size(); ++c) {
    EXPECT_NEAR(normalisation.mean[c], mean[c], 1e-12 * std::abs(mean[c])) << "column " << c;
    EXPECT_NEAR(normalisation.scale[c], scale[c], 1e-12 * scale[c]) << "column " << c;
  }
}

TEST(Normalisation, leaves_a_constant_column_at_zero) {
  data::Matrix x(7, 1, 0.1);

  const data::Matrix z = Normalisation::of(x).apply(x);

  for (const double value : z.values()) EXPECT_NEAR(value, 0.0, 1e-15);
}

TEST(Normalisation, tells_the_furthest_value_in_deviations_and_passes_over_constant_columns) {
  data::Matrix x;
  for (const double value : {1.0, 3.0, 5.0}) x.append_row(std::vector<double>{value, 7.0, -value});
  const Normalisation normalisation = Normalisation::of(x);
  data::Matrix rows;
  rows.append_row(std::vector<double>{3.0, 1000.0, -3.0});
  rows.append_row(std::vector<double>{3.0, 1000.0, 97.0});

  const Outlier outlier = normalisation.furthest(rows);

  EXPECT_EQ(outlier.column, 2u);
  EXPECT_NEAR(outlier.deviations, 100.0 / std::sqrt(8.0 / 3.0), 1e-12);
}

TEST(Pooling, takes_the_mean_or_the_largest_score) {
  const std::vector<double> scores = {0.25, 0.5, 1.5};

  EXPECT_EQ(pool_segments(scores, config::Pooling::mean), 0.75);
  EXPECT_EQ(pool_segments(scores, config::Pooling::max), 1.5);
}

TEST(Pooling, keeps_a_constant_score_whatever_the_number_of_segments) {
  for (std::size_t segments = 1; segments <= 20; ++segments) {
    EXPECT_EQ(pool_segments(std::vector<double>(segments, 0.1), config::Pooling::mean), 0.1);
  }
}

TEST(Pooling, is_by_maximum_under_protocol_audmem) {
  EXPECT_EQ(pooling_of(testing::cross_validation(10, config::Protocol::audmem)), config::Pooling::max);
  EXPECT_EQ(pooling_of(testing::cross_validation(10, config::Protocol::strict)), config::Pooling::mean);
}

}  // namespace
}  // namespace musicmem::models
