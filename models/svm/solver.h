// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/svm/kernel.h"

#include <cstdint>
#include <span>
#include <vector>

namespace musicmem::models {

struct SvrTask {
  std::span<const double> labels;        // one a row of the kernel
  double cost = 1.0;                     // above 0
  double epsilon = 0.1;                  // at least 0
  double tolerance = 1e-3;               // of the conditions of the optimum
  std::span<const double> weights = {};  // of the rows' costs, above 0; empty for all 1
};

// The score of x is sum_i coefficients[i] kernel(x, row i) + intercept.
struct SvrSolution {
  std::vector<double>
      coefficients;  // one a row, -cost to cost (times its weight); 0 for all but the support vectors
  double intercept = 0.0;
  std::uint64_t steps = 0;
  bool has_converged = true;  // false where it was ended after ten million steps or 100 a row
};

// Epsilon support vector regression by sequential minimal optimisation: pairs by second-order information (R.-E. Fan,
// P.-H. Chen, C.-J. Lin, "Working Set Selection Using Second Order Information for Training SVM", JMLR 6, 2005), rows at a
// bound left out meanwhile (T. Joachims' shrinking). The steps, and so the result, are LIBSVM's. Where that works on two
// variables a row and on copies of kernel rows in changing order, this keeps one residual a row and leaves kernel rows as
// they are, which several tasks can share.
SvrSolution solve_svr(KernelRows& kernel, const SvrTask& task);

}  // namespace musicmem::models
