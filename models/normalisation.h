// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "data/matrix.h"

#include <vector>

namespace musicmem::models {

// Z-score of feature columns: (x - mean) / scale, where scale is the population standard deviation, and 1 for
// a column that is constant up to rounding (the rule of scikit-learn's StandardScaler).
struct Normalisation {
  std::vector<double> mean;   // one per column
  std::vector<double> scale;  // one per column, never 0

  // Of the rows of `x`, at least one.
  static Normalisation of(const data::Matrix& x);

  // x has as many columns as the statistics; same shape back.
  data::Matrix apply(data::Matrix x) const;
};

}  // namespace musicmem::models
