// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "data/matrix.h"

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace musicmem::models {

// How well scores that were predicted out of fold agree with the annotations.
struct LinearSvrQuality {
  double r2 = 0.0;                 // 1 - residual over total sum of squares; below 0: worse than the mean
  std::optional<double> spearman;  // empty where one side is constant
};

// A linear SVR of z-scored columns, in the units of the annotations, and its quality by cross-validation.
struct LinearSvrFit {
  std::vector<double> weights;  // one per column of the z-scored rows
  double bias = 0.0;
  LinearSvrQuality quality;
};

// Fits `y` on the rows of `x` (not yet z-scored). Labels are z-scored too, epsilon is 0.1 of their standard
// deviation. `c` is of columns divided by the square root of their number, so that its order of magnitude
// does not hang on how many there are. Row i is tested in fold i mod `folds`; 2 <= folds <= rows / 2.
LinearSvrFit fit_linear_svr(const data::Matrix& x, std::span<const double> y, int folds, double c);

}  // namespace musicmem::models
