// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cmath>
#include <optional>
#include <span>
#include <vector>

// Agreement of predictions with labels. Both spans have one value per track, in the same order.
namespace musicmem::models {

struct Metrics {
  std::optional<double> spearman;  // empty where a correlation is undefined
  std::optional<double> pearson;
  double mse = 0.0;
  double mae = 0.0;
  std::optional<double> kendall;
  std::optional<double> r2;  // empty where the labels are all the same

  double rmse() const { return std::sqrt(mse); }
};

// All of them; needs at least one track.
Metrics compute_metrics(std::span<const double> labels, std::span<const double> predictions);

// Pearson's correlation; empty for fewer than two points or where one side is constant.
std::optional<double> pearson(std::span<const double> x, std::span<const double> y);

// Spearman's correlation: Pearson's of the ranks, ties ranked by their average. Empty as pearson is.
std::optional<double> spearman(std::span<const double> x, std::span<const double> y);

// Kendall's tau-b, which allows for ties: concordant less discordant pairs, by the geometric mean of the
// pairs not tied in x and not tied in y. In O(n log n) (W. Knight, "A Computer Method for Calculating
// Kendall's Tau with Ungrouped Data", 1966). Empty as pearson is.
std::optional<double> kendall(std::span<const double> x, std::span<const double> y);

// Coefficient of determination: 1 - squared errors / squared deviations of the labels from their mean; below
// 0 where that mean predicts better. Empty where the labels are all the same.
std::optional<double> r2(std::span<const double> labels, std::span<const double> predictions);

// Ranks from 1; equal values share the average of their ranks.
std::vector<double> average_ranks(std::span<const double> values);

double mean_squared_error(std::span<const double> labels, std::span<const double> predictions);
double mean_absolute_error(std::span<const double> labels, std::span<const double> predictions);

}  // namespace musicmem::models
