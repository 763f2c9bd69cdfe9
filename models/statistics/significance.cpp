// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/statistics/significance.h"

#include "data/generator.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <numbers>
#include <numeric>
#include <utility>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_integration.h>

namespace musicmem::models {
namespace {

// Sums that differ by rounding only are as extreme as each other.
double as_extreme_as(double sum, std::span<const double> differences) {
  constexpr double rounding = 1e-12;
  double scale = 0.0;
  for (const double d : differences) scale += std::abs(d);
  return std::abs(sum) - rounding * scale;
}

double exact_sign_flip_p(std::span<const double> differences, double threshold) {
  const std::uint64_t patterns = std::uint64_t{1} << differences.size();
  std::uint64_t extreme = 0;
  for (std::uint64_t pattern = 0; pattern < patterns; ++pattern) {
    double sum = 0.0;
    for (std::size_t i = 0; i < differences.size(); ++i) {
      sum += (pattern >> i & 1U) != 0 ? -differences[i] : differences[i];
    }
    if (std::abs(sum) >= threshold) ++extreme;
  }
  return static_cast<double>(extreme) / static_cast<double>(patterns);
}

// The signed sums of every four differences, by the four bits that flip them.
class SignedSums {
 public:
  explicit SignedSums(std::span<const double> differences) {
    for (std::size_t first = 0; first < differences.size(); first += bits) {
      const auto some = differences.subspan(first, std::min(bits, differences.size() - first));
      Sums sums{};
      for (std::size_t pattern = 0; pattern < sums.size(); ++pattern) {
        for (std::size_t i = 0; i < some.size(); ++i) {
          sums[pattern] += (pattern >> i & 1U) != 0 ? -some[i] : some[i];
        }
      }
      sums_.push_back(sums);
    }
  }

  // The sum of all differences under random signs, taken from whole random words.
  double draw(data::Generator& generator) const {
    constexpr std::size_t sums_per_word = 13;
    constexpr std::uint64_t words = std::uint64_t{1} << (bits * sums_per_word);
    double sum = 0.0;
    for (std::size_t first = 0; first < sums_.size(); first += sums_per_word) {
      std::uint64_t word = generator.bits() & (words - 1);
      const std::size_t end = std::min(first + sums_per_word, sums_.size());
      for (std::size_t i = first; i < end; ++i, word >>= bits) sum += sums_[i][word & (patterns - 1)];
    }
    return sum;
  }

 private:
  static constexpr std::size_t bits = 4;
  static constexpr std::size_t patterns = std::size_t{1} << bits;
  using Sums = std::array<double, patterns>;

  std::vector<Sums> sums_;
};

double random_sign_flip_p(std::span<const double> differences, double threshold, int resamples,
                          std::uint64_t seed) {
  const SignedSums sums(differences);
  data::Generator generator(seed);
  int extreme = 0;
  for (int r = 0; r < resamples; ++r) {
    if (std::abs(sums.draw(generator)) >= threshold) ++extreme;
  }
  return (1.0 + extreme) / (1.0 + resamples);
}

// Of fold differences: their mean, and its standard error that allows for the training data that folds share.
struct MeanDifference {
  double mean = 0.0;
  double error = 0.0;
  double degrees_of_freedom = 0.0;
};

// Empty for fewer than two, or where all are the same.
std::optional<MeanDifference> mean_difference(std::span<const double> fold_differences,
                                              double test_to_train) {
  const std::size_t folds = fold_differences.size();
  if (folds < 2) return std::nullopt;
  const auto k = static_cast<double>(folds);
  const double mean = std::accumulate(fold_differences.begin(), fold_differences.end(), 0.0) / k;
  double squares = 0.0;
  for (const double d : fold_differences) squares += (d - mean) * (d - mean);
  const bool all_the_same = std::all_of(fold_differences.begin(), fold_differences.end(),
                                        [&](double d) { return d == fold_differences[0]; });
  if (all_the_same || !(squares > 0.0)) return std::nullopt;
  return MeanDifference{mean, std::sqrt((1.0 / k + test_to_train) * squares / (k - 1.0)), k - 1.0};
}

double normal_below(double z) {
  return 0.5 * std::erfc(-z / std::numbers::sqrt2);
}

// Nodes and weights of an integral by Gauss and Legendre.
class Quadrature {
 public:
  template <class Function>
  double integral(double low, double high, const Function& function) const {
    double sum = 0.0;
    for (std::size_t i = 0; i < nodes; ++i) {
      double x = 0.0;
      double weight = 0.0;
      gsl_integration_glfixed_point(low, high, i, &x, &weight, table_.get());
      sum += weight * function(x);
    }
    return sum;
  }

 private:
  static constexpr std::size_t nodes = 200;  // for smooth bells over ten deviations to either side

  std::unique_ptr<gsl_integration_glfixed_table, decltype(&gsl_integration_glfixed_table_free)> table_{
      gsl_integration_glfixed_table_alloc(nodes), gsl_integration_glfixed_table_free};
};

// The share of two-sided t-tests that find a difference of so many standard errors: over all v, the estimated by the
// true standard deviation, of the density of v (that of a chi variable by the root of its degrees of freedom) times
// the chance that a normal variable around `noncentrality` lies beyond v times `critical`.
double power_of_t_test(double noncentrality, double degrees_of_freedom, double critical,
                       const Quadrature& quadrature) {
  constexpr double deviations = 10;  // of v that are integrated over, to either side
  const double spread = deviations / std::sqrt(2.0 * degrees_of_freedom);
  const double half = 0.5 * degrees_of_freedom;
  const double log_constant = std::numbers::ln2 + half * std::log(half) - std::lgamma(half);
  return quadrature.integral(std::max(0.0, 1.0 - spread), 1.0 + spread, [&](double v) {
    const double density = std::exp(log_constant + (degrees_of_freedom - 1.0) * std::log(v) - half * v * v);
    return density *
           (normal_below(noncentrality - critical * v) + normal_below(-noncentrality - critical * v));
  });
}

}  // namespace

double student_quantile(double probability, double degrees_of_freedom) {
  return gsl_cdf_tdist_Pinv(probability, degrees_of_freedom);
}

std::optional<TTest> corrected_resampled_t_test(std::span<const double> fold_differences,
                                                double test_to_train) {
  const auto found = mean_difference(fold_differences, test_to_train);
  if (!found) return std::nullopt;
  const auto& [mean, error, degrees_of_freedom] = *found;
  TTest test;
  test.difference = mean;
  test.t = mean / error;
  test.degrees_of_freedom = static_cast<int>(fold_differences.size()) - 1;
  test.p = 2.0 * gsl_cdf_tdist_Q(std::abs(test.t), degrees_of_freedom);
  constexpr double upper_tail = 0.975;
  const double reach = student_quantile(upper_tail, degrees_of_freedom) * error;
  test.interval = {mean - reach, mean + reach};
  test.detectable = detectable_standard_errors(test.degrees_of_freedom) * error;
  return test;
}

std::optional<Posterior> bayesian_correlated_t_test(std::span<const double> fold_differences,
                                                    double test_to_train, double equivalence) {
  const auto found = mean_difference(fold_differences, test_to_train);
  if (!found) return std::nullopt;
  const auto& [mean, error, degrees_of_freedom] = *found;
  Posterior posterior;
  posterior.below = gsl_cdf_tdist_P((-equivalence - mean) / error, degrees_of_freedom);
  posterior.above = gsl_cdf_tdist_Q((equivalence - mean) / error, degrees_of_freedom);
  posterior.within = std::max(0.0, 1.0 - posterior.below - posterior.above);
  return posterior;
}

// By the secant method on the probit of the power, which is nearly a straight line.
double detectable_standard_errors(int degrees_of_freedom, double alpha, double power) {
  const double df = degrees_of_freedom;
  const double critical = gsl_cdf_tdist_Qinv(0.5 * alpha, df);
  const double wanted = gsl_cdf_ugaussian_Pinv(power);
  const Quadrature quadrature;
  const auto lacks = [&](double noncentrality) {
    return wanted - gsl_cdf_ugaussian_Pinv(power_of_t_test(noncentrality, df, critical, quadrature));
  };
  double before = critical + wanted;
  double lacked_before = lacks(before);
  double now = before + 0.1;
  constexpr int most_steps = 50;
  constexpr double precise = 1e-13;
  for (int step = 0; step < most_steps; ++step) {
    const double lacked = lacks(now);
    if (lacked == lacked_before) break;
    const double next = now - lacked * (now - before) / (lacked - lacked_before);
    before = std::exchange(now, next);
    lacked_before = lacked;
    if (std::abs(now - before) < precise * now) break;
  }
  return now;
}

std::vector<double> holm(std::span<const double> p_values) {
  std::vector<std::size_t> order(p_values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return p_values[a] < p_values[b]; });
  std::vector<double> adjusted(p_values.size());
  double largest = 0.0;
  for (std::size_t place = 0; place < order.size(); ++place) {
    const double scaled = static_cast<double>(order.size() - place) * p_values[order[place]];
    largest = std::max(largest, std::min(scaled, 1.0));
    adjusted[order[place]] = largest;
  }
  return adjusted;
}

std::optional<double> sign_flip_test(std::span<const double> differences, int resamples, std::uint64_t seed) {
  if (differences.empty()) return std::nullopt;
  const double threshold =
      as_extreme_as(std::accumulate(differences.begin(), differences.end(), 0.0), differences);
  constexpr std::size_t most_to_enumerate = 30;
  const bool enumerable = differences.size() <= most_to_enumerate &&
                          (std::uint64_t{1} << differences.size()) <= static_cast<std::uint64_t>(resamples);
  return enumerable ? exact_sign_flip_p(differences, threshold)
                    : random_sign_flip_p(differences, threshold, resamples, seed);
}

}  // namespace musicmem::models
