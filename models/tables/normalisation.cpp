// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/tables/normalisation.h"

#include <cassert>
#include <cmath>
#include <limits>

namespace musicmem::models {
namespace {

std::vector<double> column_means(const data::Matrix& x) {
  std::vector<double> mean(x.columns(), 0.0);
  for (std::size_t r = 0; r < x.rows(); ++r) {
    for (std::size_t c = 0; c < x.columns(); ++c) mean[c] += x(r, c);
  }
  for (double& value : mean) value /= static_cast<double>(x.rows());
  return mean;
}

// Two passes with the correction of Chan, Golub and LeVeque (1983) for the rounding of the mean.
std::vector<double> column_variances(const data::Matrix& x, const std::vector<double>& mean) {
  std::vector<double> squares(x.columns(), 0.0);
  std::vector<double> residuals(x.columns(), 0.0);
  for (std::size_t r = 0; r < x.rows(); ++r) {
    for (std::size_t c = 0; c < x.columns(); ++c) {
      const double distance = x(r, c) - mean[c];
      squares[c] += distance * distance;
      residuals[c] += distance;
    }
  }
  const double n = static_cast<double>(x.rows());
  for (std::size_t c = 0; c < squares.size(); ++c) {
    squares[c] = (squares[c] - residuals[c] * residuals[c] / n) / n;
  }
  return squares;
}

// The variance is no more than what rounding makes of a constant column (scikit-learn's bound).
bool is_constant(double mean, double variance, double rows) {
  constexpr double eps = std::numeric_limits<double>::epsilon();
  const double mean_error = rows * mean * eps;
  return variance <= rows * eps * variance + mean_error * mean_error;
}

}  // namespace

Normalisation Normalisation::of(const data::Matrix& x) {
  assert(x.rows() > 0);
  Normalisation result{column_means(x), {}};
  const std::vector<double> variance = column_variances(x, result.mean);
  for (std::size_t c = 0; c < x.columns(); ++c) {
    const bool constant = is_constant(result.mean[c], variance[c], static_cast<double>(x.rows()));
    result.scale.push_back(constant ? 1.0 : std::sqrt(variance[c]));
  }
  return result;
}

data::Matrix Normalisation::apply(data::Matrix x) const {
  assert(x.columns() == mean.size() && mean.size() == scale.size());
  for (std::size_t r = 0; r < x.rows(); ++r) {
    for (std::size_t c = 0; c < x.columns(); ++c) x(r, c) = (x(r, c) - mean[c]) / scale[c];
  }
  return x;
}

Outlier Normalisation::furthest(const data::Matrix& x) const {
  assert(x.columns() == mean.size() && mean.size() == scale.size());
  Outlier outlier;
  for (std::size_t c = 0; c < x.columns(); ++c) {
    if (scale[c] == 1.0) continue;
    for (std::size_t r = 0; r < x.rows(); ++r) {
      const double deviations = std::abs(x(r, c) - mean[c]) / scale[c];
      if (deviations > outlier.deviations) outlier = {c, deviations};
    }
  }
  return outlier;
}

}  // namespace musicmem::models
