// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/statistics/metrics.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <utility>

namespace musicmem::models {
namespace {

double mean(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

bool is_constant(std::span<const double> values) {
  return std::all_of(values.begin(), values.end(), [&](double value) { return value == values.front(); });
}

// Pairs of equal neighbours, where `same(i, j)` says which places hold the same; equal ones stand together.
template <class Same>
std::int64_t tied_pairs(std::size_t count, const Same& same) {
  std::int64_t pairs = 0;
  for (std::size_t first = 0; first < count;) {
    std::size_t end = first + 1;
    while (end < count && same(first, end)) ++end;
    const auto run = static_cast<std::int64_t>(end - first);
    pairs += run * (run - 1) / 2;
    first = end;
  }
  return pairs;
}

// Sorts by merging; how many pairs stood in falling order.
std::int64_t sort_and_count_swaps(std::span<double> values, std::span<double> merged) {
  if (values.size() < 2) return 0;
  const std::size_t middle = values.size() / 2;
  const auto left = values.first(middle);
  const auto right = values.subspan(middle);
  std::int64_t swaps = sort_and_count_swaps(left, merged.first(middle));
  swaps += sort_and_count_swaps(right, merged.subspan(middle));
  for (std::size_t l = 0, r = 0, place = 0; place < values.size(); ++place) {
    const bool take_right = l == left.size() || (r < right.size() && right[r] < left[l]);
    if (take_right) swaps += static_cast<std::int64_t>(left.size() - l);
    merged[place] = take_right ? right[r++] : left[l++];
  }
  std::copy(merged.begin(), merged.end(), values.begin());
  return swaps;
}

}  // namespace

Metrics compute_metrics(std::span<const double> labels, std::span<const double> predictions) {
  return {spearman(labels, predictions),
          pearson(labels, predictions),
          mean_squared_error(labels, predictions),
          mean_absolute_error(labels, predictions),
          kendall(labels, predictions),
          r2(labels, predictions)};
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

std::optional<double> kendall(std::span<const double> x, std::span<const double> y) {
  assert(x.size() == y.size());
  if (x.size() < 2 || is_constant(x) || is_constant(y)) return std::nullopt;
  std::vector<std::size_t> order(x.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return std::pair(x[a], y[a]) < std::pair(x[b], y[b]); });
  std::vector<double> ys(x.size());
  std::transform(order.begin(), order.end(), ys.begin(), [&](std::size_t i) { return y[i]; });
  const auto same_x = [&](std::size_t i, std::size_t j) { return x[order[i]] == x[order[j]]; };
  const std::int64_t tied_x = tied_pairs(ys.size(), same_x);
  const std::int64_t tied_both =
      tied_pairs(ys.size(), [&](std::size_t i, std::size_t j) { return same_x(i, j) && ys[i] == ys[j]; });
  std::vector<double> merged(ys.size());
  const std::int64_t discordant = sort_and_count_swaps(ys, merged);
  const std::int64_t tied_y =
      tied_pairs(ys.size(), [&](std::size_t i, std::size_t j) { return ys[i] == ys[j]; });
  const auto n = static_cast<std::int64_t>(x.size());
  const std::int64_t pairs = n * (n - 1) / 2;
  const std::int64_t surplus = pairs - tied_x - tied_y + tied_both - 2 * discordant;
  const double tau = static_cast<double>(surplus) / std::sqrt(static_cast<double>(pairs - tied_x)) /
                     std::sqrt(static_cast<double>(pairs - tied_y));
  return std::clamp(tau, -1.0, 1.0);
}

std::optional<double> r2(std::span<const double> labels, std::span<const double> predictions) {
  assert(labels.size() == predictions.size());
  if (labels.empty() || is_constant(labels)) return std::nullopt;
  const double center = mean(labels);
  double spread = 0.0;
  double errors = 0.0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    spread += (labels[i] - center) * (labels[i] - center);
    errors += (labels[i] - predictions[i]) * (labels[i] - predictions[i]);
  }
  if (!(spread > 0.0)) return std::nullopt;
  return 1.0 - errors / spread;
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
