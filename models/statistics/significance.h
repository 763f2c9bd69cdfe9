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
  // The smallest true difference that such a test finds (two-sided, 5 %) in 80 % of studies whose differences
  // spread as these do.
  double detectable = 0.0;
};

// Of Student's t with so many degrees of freedom: what it is below with this probability.
double student_quantile(double probability, double degrees_of_freedom);

// The corrected resampled t-test for cross-validation (C. Nadeau, Y. Bengio, "Inference for the
// Generalization Error", Machine Learning 52, 2003): folds share training data, so the variance of the mean
// of k fold differences is taken as (1 / k + n_test / n_train) s^2, with k - 1 degrees of freedom. Empty for
// fewer than two folds or differences that are all the same.
std::optional<TTest> corrected_resampled_t_test(std::span<const double> fold_differences,
                                                double test_to_train);

// How likely the true difference is to lie below, within and above a region around 0 in which two models count as
// equivalent; together 1.
struct Posterior {
  double below = 0.0;
  double within = 0.0;
  double above = 0.0;
};

// The Bayesian correlated t-test (A. Benavoli, G. Corani, J. Demsar, M. Zaffalon, "Time for a Change: a Tutorial for
// Comparing Multiple Classifiers Through Bayesian Analysis", JMLR 18, 2017): the true difference has Student's
// distribution with n - 1 degrees of freedom around the mean, with scale^2 = (1 / n + rho / (1 - rho)) s^2. The
// correlation of two folds is taken as rho = n_test / (n_test + n_train), so that rho / (1 - rho) = n_test / n_train.
// The region reaches from -`equivalence` to `equivalence`. Empty as corrected_resampled_t_test is.
std::optional<Posterior> bayesian_correlated_t_test(std::span<const double> fold_differences,
                                                    double test_to_train, double equivalence);

// How many standard errors a true difference must measure so that a two-sided t-test at `alpha` finds it with this
// power: the noncentrality of Student's distribution (J. Cohen, "Statistical Power Analysis for the Behavioral
// Sciences", 1988). `power` in (alpha, 1).
double detectable_standard_errors(int degrees_of_freedom, double alpha = 0.05, double power = 0.8);

// Holm's step-down adjustment of the p-values of one family, in their order (S. Holm, 1979).
std::vector<double> holm(std::span<const double> p_values);

// Two-sided p of the mean of paired differences under random changes of their signs: all 2^n of them where
// they are no more than `resamples`, else that many at random, by (1 + those as extreme) / (1 + resamples)
// (B. Phipson, G. Smyth, 2010). Empty without differences.
std::optional<double> sign_flip_test(std::span<const double> differences, int resamples, std::uint64_t seed);

}  // namespace musicmem::models
