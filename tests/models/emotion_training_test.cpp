// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/tabular/emotion_training.h"

#include "models/tables/normalisation.h"

#include <numeric>
#include <random>

#include <gtest/gtest.h>

namespace musicmem::models {
namespace {

struct Example {
  data::Matrix x;
  std::vector<double> y;
};

// Columns of different scales; the label hangs on the first two of them.
Example linear_example(std::size_t rows, double noise) {
  std::mt19937 generator(5);
  const auto uniform = [&] { return static_cast<double>(generator()) / 4294967296.0 - 0.5; };
  Example example;
  for (std::size_t r = 0; r < rows; ++r) {
    const std::vector<double> row = {uniform(), 100.0 * uniform() + 7.0, 1e-3 * uniform(), uniform()};
    example.x.append_row(row);
    example.y.push_back(0.5 + 0.3 * row[0] - 0.002 * (row[1] - 7.0) + noise * uniform());
  }
  return example;
}

double predict(const LinearSvrFit& fit, const data::Matrix& x, std::size_t row) {
  const data::Matrix standardised = Normalisation::of(x).apply(x);
  const auto values = standardised.row(row);
  return std::inner_product(values.begin(), values.end(), fit.weights.begin(), fit.bias);
}

TEST(LinearSvr, finds_a_planted_line_and_says_how_well) {
  const Example example = linear_example(120, 0.01);

  const LinearSvrFit fit = fit_linear_svr(example.x, example.y, 10, 1.0);

  EXPECT_GT(fit.quality.r2, 0.95);
  EXPECT_GT(fit.quality.spearman.value(), 0.97);
  for (std::size_t r = 0; r < 5; ++r) EXPECT_NEAR(predict(fit, example.x, r), example.y[r], 0.05) << r;
}

TEST(LinearSvr, quality_is_that_of_rows_it_has_not_seen) {
  Example example = linear_example(60, 0.0);
  std::mt19937 generator(9);
  for (double& label : example.y) label = static_cast<double>(generator()) / 4294967296.0;

  const LinearSvrFit fit = fit_linear_svr(example.x, example.y, 10, 1.0);

  EXPECT_LT(fit.quality.r2, 0.1);
}

TEST(LinearSvr, of_constant_annotations_has_no_correlation) {
  Example example = linear_example(40, 0.0);
  example.y.assign(example.y.size(), 0.4);

  const LinearSvrFit fit = fit_linear_svr(example.x, example.y, 4, 1.0);

  EXPECT_FALSE(fit.quality.spearman);
  EXPECT_NEAR(predict(fit, example.x, 3), 0.4, 1e-9);
}

}  // namespace
}  // namespace musicmem::models
