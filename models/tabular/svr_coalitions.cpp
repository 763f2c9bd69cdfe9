// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/coalitions/coalition_scores.h"
#include "models/tabular/svr.h"

#include <cmath>
#include <functional>

namespace musicmem::models {
namespace {

// Support vectors that are worked on together: their tables stay in the processor's cache.
constexpr std::size_t most_lanes = 128;

// exp(-gamma (v_j - s_ij)^2) of every feature j (row) and support vector i = first, first + 1, ... (column).
void fill_factors(data::Matrix& factors, std::span<const double> v, const data::Matrix& vectors,
                  std::size_t first, std::size_t lanes, double gamma) {
  for (std::size_t j = 0; j < factors.rows(); ++j) {
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      const double distance = v[j] - vectors(first + lane, j);
      factors(j, lane) = std::exp(-gamma * distance * distance);
    }
  }
}

double sum_of(const double* values, std::size_t count) {
  double sums[4] = {0.0, 0.0, 0.0, 0.0};
  std::size_t i = 0;
  for (; i + 4 <= count; i += 4) {
    for (std::size_t k = 0; k < 4; ++k) sums[k] += values[i + k];
  }
  for (; i < count; ++i) sums[0] += values[i];
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

}  // namespace

// The RBF kernel is a product over features, so the background's part of a coalition, summed over its rows,
// is common to all explained rows:
//   sum_k w_k score(x in z, b_k elsewhere)
//     = sum_i [coefficient_i sum_k w_k prod_{j not in z} e(b_kj - s_ij)] prod_{j in z} e(x_j - s_ij)
//       + intercept.
data::Matrix SvrRegressor::coalition_scores(const data::Matrix& x, const Coalitions& coalitions,
                                            const Background& background) const {
  if (is_linear()) return Regressor::coalition_scores(x, coalitions, background);
  const std::size_t features = coalitions.features;
  data::Matrix scores(x.rows(), coalitions.size(), intercept_);
  for (std::size_t first = 0; first < coefficients_.size(); first += most_lanes) {
    const std::size_t lanes = std::min(most_lanes, coefficients_.size() - first);
    data::Matrix factors(features, lanes);
    BlockTables<std::multiplies<>> tables(features, lanes, 1.0);
    std::vector<double> product(lanes);
    data::Matrix outside(coalitions.size(), lanes);  // the bracket above
    for (std::size_t k = 0; k < background.rows.rows(); ++k) {
      fill_factors(factors, background.rows.row(k), support_vectors_, first, lanes, gamma_);
      tables.fill(factors);
      for (std::size_t z = 0; z < coalitions.size(); ++z) {
        for (std::size_t i = 0; i < lanes; ++i) product[i] = background.weights[k] * coefficients_[first + i];
        tables.apply(~coalitions.masks[z], product.data());
        for (std::size_t i = 0; i < lanes; ++i) outside(z, i) += product[i];
      }
    }
    for (std::size_t r = 0; r < x.rows(); ++r) {
      fill_factors(factors, x.row(r), support_vectors_, first, lanes, gamma_);
      tables.fill(factors);
      for (std::size_t z = 0; z < coalitions.size(); ++z) {
        std::copy(outside.row(z).begin(), outside.row(z).end(), product.begin());
        tables.apply(coalitions.masks[z], product.data());
        scores(r, z) += sum_of(product.data(), lanes);
      }
    }
  }
  return scores;
}

}  // namespace musicmem::models
