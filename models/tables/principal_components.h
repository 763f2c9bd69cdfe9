// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "data/matrix.h"

#include <cstddef>
#include <vector>

namespace musicmem::models {

// How many components are kept: a number of them, or the fewest whose share of the variance exceeds `share`.
struct ComponentCount {
  std::size_t number = 0;  // 0 where the share counts
  double share = 0.0;      // (0, 1)
};

// Throws Error for more components than these training rows or columns can have.
void require_enough(const ComponentCount& count, std::size_t rows, std::size_t columns);

// The directions in which rows vary most (K. Pearson, 1901), as scikit-learn's PCA(svd_solver="full") finds them but
// for signs: a direction's largest entry is positive.
struct PrincipalComponents {
  std::vector<double> mean;  // one per column
  data::Matrix directions;   // components x columns; of length 1, by falling variance

  // Of the rows of `x`. Throws Error for more components than rows or columns, or rows that are all the same.
  static PrincipalComponents of(const data::Matrix& x, const ComponentCount& count);

  // [rows, columns] -> [rows, components]
  data::Matrix apply(const data::Matrix& x) const;

  // A slope over components as a slope over columns.
  std::vector<double> slope_over_columns(const std::vector<double>& slope) const;
};

}  // namespace musicmem::models
