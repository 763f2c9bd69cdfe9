// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

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
};

// All four; needs at least one track.
Metrics compute_metrics(std::span<const double> labels, std::span<const double> predictions);

// Pearson's correlation; empty for fewer than two points or where one side is constant.
std::optional<double> pearson(std::span<const double> x, std::span<const double> y);

// Spearman's correlation: Pearson's of the ranks, ties ranked by their average. Empty as pearson is.
std::optional<double> spearman(std::span<const double> x, std::span<const double> y);

// Ranks from 1; equal values share the average of their ranks.
std::vector<double> average_ranks(std::span<const double> values);

double mean_squared_error(std::span<const double> labels, std::span<const double> predictions);
double mean_absolute_error(std::span<const double> labels, std::span<const double> predictions);

}  // namespace musicmem::models
