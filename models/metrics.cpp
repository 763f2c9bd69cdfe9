// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/metrics.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>

namespace musicmem::models {
namespace {

double mean(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

bool is_constant(std::span<const double> values) {
  return std::all_of(values.begin(), values.end(), [&](double value) { return value == values.front(); });
}

}  // namespace

Metrics compute_metrics(std::span<const double> labels, std::span<const double> predictions) {
  return {spearman(labels, predictions), pearson(labels, predictions),
          mean_squared_error(labels, predictions), mean_absolute_error(labels, predictions)};
}

std::optional<double> pearson(std::span<const double> x, std::span<const double> y) {
  assert(x.size() == y.size());
  if (x.size() < 2 || is_constant(x) || is_constant(y)) return std::nullopt;
  const double mean_x = mean(x);
  const double mean_y = mean(y);
  double xx = 0.0;
  double yy = 0.0;
  double xy = 0.0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double dx = x[i] - mean_x;
    const double dy = y[i] - mean_y;
    xx += dx * dx;
    yy += dy * dy;
    xy += dx * dy;
  }
  if (xx == 0.0 || yy == 0.0) return std::nullopt;
  return std::clamp(xy / (std::sqrt(xx) * std::sqrt(yy)), -1.0, 1.0);
}

std::optional<double> spearman(std::span<const double> x, std::span<const double> y) {
  return pearson(average_ranks(x), average_ranks(y));
}

std::vector<double> average_ranks(std::span<const double> values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  std::vector<double> ranks(values.size());
  for (std::size_t first = 0; first < order.size();) {
    std::size_t end = first + 1;
    while (end < order.size() && values[order[end]] == values[order[first]]) ++end;
    const double shared = 0.5 * static_cast<double>(first + 1 + end);
    for (std::size_t i = first; i < end; ++i) ranks[order[i]] = shared;
    first = end;
  }
  return ranks;
}

double mean_squared_error(std::span<const double> labels, std::span<const double> predictions) {
  assert(labels.size() == predictions.size() && !labels.empty());
  double sum = 0.0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    sum += (labels[i] - predictions[i]) * (labels[i] - predictions[i]);
  }
  return sum / static_cast<double>(labels.size());
}

double mean_absolute_error(std::span<const double> labels, std::span<const double> predictions) {
  assert(labels.size() == predictions.size() && !labels.empty());
  double sum = 0.0;
  for (std::size_t i = 0; i < labels.size(); ++i) sum += std::abs(labels[i] - predictions[i]);
  return sum / static_cast<double>(labels.size());
}

}  // namespace musicmem::models
