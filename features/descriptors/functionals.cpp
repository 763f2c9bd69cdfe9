// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/descriptors/functionals.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

namespace musicmem::features {
namespace {

constexpr std::array<const char*, 6> names = {"_mean", "_std", "_q25", "_q50", "_q75", "_slope"};

double quantile(std::span<const float> sorted, double share) {
  const double place = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  const double rest = place - static_cast<double>(below);
  return sorted[below] + rest * (static_cast<double>(sorted[above]) - sorted[below]);
}

// Least-squares slope against the frame's number; 0 for a single frame.
double slope(std::span<const float> row, double mean) {
  const double middle = static_cast<double>(row.size() - 1) / 2.0;
  double covariance = 0.0;
  double variance = 0.0;
  for (std::size_t t = 0; t < row.size(); ++t) {
    const double time = static_cast<double>(t) - middle;
    covariance += time * (row[t] - mean);
    variance += time * time;
  }
  return variance > 0.0 ? covariance / variance : 0.0;
}

std::array<double, names.size()> functionals_of(std::span<const float> row, std::vector<float>& sorted) {
  const auto count = static_cast<double>(row.size());
  const double mean = std::accumulate(row.begin(), row.end(), 0.0) / count;
  double squares = 0.0;
  for (const float value : row) squares += (value - mean) * (value - mean);
  sorted.assign(row.begin(), row.end());
  std::ranges::sort(sorted);
  return {mean,
          std::sqrt(squares / count),
          quantile(sorted, 0.25),
          quantile(sorted, 0.5),
          quantile(sorted, 0.75),
          slope(row, mean)};
}

}  // namespace

PooledFeatures functionals(std::span<const FeatureMatrix> matrices) {
  PooledFeatures pooled;
  std::vector<float> sorted;
  for (const FeatureMatrix& matrix : matrices) {
    assert(matrix.frames > 0);
    const auto frames = static_cast<std::size_t>(matrix.frames);
    for (int bin = 0; bin < matrix.bins; ++bin) {
      const auto row = std::span(matrix.values).subspan(static_cast<std::size_t>(bin) * frames, frames);
      const auto values = functionals_of(row, sorted);
      for (std::size_t i = 0; i < names.size(); ++i) {
        pooled.columns.push_back(column_name(matrix, bin) + names[i]);
        pooled.values.push_back(values[i]);
      }
    }
  }
  return pooled;
}

}  // namespace musicmem::features
