// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/statistics/bootstrap.h"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

// Whether one model is better than another, from paired differences.
namespace musicmem::models {

struct TTest {
  double difference = 0.0;  // mean
  double t = 0.0;
  int degrees_of_freedom = 0;
  double p = 1.0;     // two-sided
  Interval interval;  // 95 %, of the mean difference
};

// The corrected resampled t-test for cross-validation (C. Nadeau, Y. Bengio, "Inference for the
// Generalization Error", Machine Learning 52, 2003): folds share training data, so the variance of the mean
// of k fold differences is taken as (1 / k + n_test / n_train) s^2, with k - 1 degrees of freedom. Empty for
// fewer than two folds or differences that are all the same.
std::optional<TTest> corrected_resampled_t_test(std::span<const double> fold_differences,
                                                double test_to_train);

// Holm's step-down adjustment of the p-values of one family, in their order (S. Holm, 1979).
std::vector<double> holm(std::span<const double> p_values);

// Two-sided p of the mean of paired differences under random changes of their signs: all 2^n of them where
// they are no more than `resamples`, else that many at random, by (1 + those as extreme) / (1 + resamples)
// (B. Phipson, G. Smyth, 2010). Empty without differences.
std::optional<double> sign_flip_test(std::span<const double> differences, int resamples, std::uint64_t seed);

}  // namespace musicmem::models
