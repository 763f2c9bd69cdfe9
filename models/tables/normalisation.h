// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "data/matrix.h"

#include <cstddef>
#include <vector>

namespace musicmem::models {

// The value of a row that lies furthest from the rows that the statistics are of.
struct Outlier {
  std::size_t column = 0;
  double deviations = 0.0;  // standard deviations from the mean
};

// Z-score of feature columns: (x - mean) / scale, where scale is the population standard deviation, and 1 for
// a column that is constant up to rounding (the rule of scikit-learn's StandardScaler).
struct Normalisation {
  std::vector<double> mean;   // one per column
  std::vector<double> scale;  // one per column, never 0

  // Of the rows of `x`, at least one.
  static Normalisation of(const data::Matrix& x);

  // x has as many columns as the statistics; same shape back.
  data::Matrix apply(data::Matrix x) const;

  // Among the values of `x`, which has as many columns as the statistics; constant columns have no deviation
  // and are passed over.
  Outlier furthest(const data::Matrix& x) const;
};

}  // namespace musicmem::models
