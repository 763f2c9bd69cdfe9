// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/coalitions/coalitions.h"

#include "config/error.h"
#include "data/generator.h"

#include <algorithm>
#include <cassert>
#include <memory>
#include <numeric>
#include <unordered_map>

#include <gsl/gsl_linalg.h>

namespace musicmem::models {
namespace {

double binomial(std::size_t n, std::size_t k) {
  double result = 1.0;
  for (std::size_t i = 1; i <= k; ++i) {
    result = result * static_cast<double>(n - k + i) / static_cast<double>(i);
  }
  return result;
}

std::uint64_t all_of(std::size_t features) {
  return features == most_explained_features ? ~std::uint64_t{0} : (std::uint64_t{1} << features) - 1;
}

// Every mask of `size` features, ascending: the next one after m has the same number of bits (Gosper).
template <class Visit>
void for_each_subset(std::size_t features, std::size_t size, const Visit& visit) {
  const std::uint64_t last = ((std::uint64_t{1} << size) - 1) << (features - size);
  for (std::uint64_t mask = (std::uint64_t{1} << size) - 1;;) {
    visit(mask);
    if (mask == last) return;
    const std::uint64_t lowest = mask & (~mask + 1);
    const std::uint64_t ripple = mask + lowest;
    mask = (((ripple ^ mask) >> 2U) / lowest) | ripple;
  }
}

// The sampling plan: sizes 1, 2, ... up to the middle; a size that is not its own complement stands for both.
class Sampler {
 public:
  Sampler(std::size_t features, std::size_t samples) : features_(features), left_(samples) {
    const std::size_t sizes = features / 2;
    for (std::size_t size = 1; size <= sizes; ++size) {
      const auto s = static_cast<double>(size);
      const auto n = static_cast<double>(features);
      kernel_.push_back((is_paired(size) ? 2.0 : 1.0) * (n - 1.0) / (s * (n - s)));
    }
    const double total = std::accumulate(kernel_.begin(), kernel_.end(), 0.0);
    for (double& weight : kernel_) weight /= total;
  }

  // Takes sizes whole while their share of the samples covers them.
  void enumerate(Coalitions& coalitions) {
    while (whole_ < kernel_.size()) {
      const std::size_t size = whole_ + 1;
      const double sets = binomial(features_, size) * (is_paired(size) ? 2.0 : 1.0);
      const double share = kernel_[whole_] / remaining_weight();
      if (static_cast<double>(left_) * share / sets < 1.0 - 1e-8) return;
      for_each_subset(features_, size, [&](std::uint64_t mask) {
        add(coalitions, mask, kernel_[size - 1] / sets);
        if (is_paired(size)) add(coalitions, all_of(features_) & ~mask, kernel_[size - 1] / sets);
      });
      left_ -= static_cast<std::size_t>(sets);
      ++whole_;
    }
  }

  // Spends the other samples on random sets of the sizes that are left, and gives them the weight that is.
  void draw(Coalitions& coalitions, std::uint64_t seed) {
    if (whole_ == kernel_.size()) return;
    data::Generator generator(seed);
    const std::size_t first = coalitions.size();
    const double weight = remaining_weight();
    std::unordered_map<std::uint64_t, std::size_t> place;
    double drawn = 0.0;
    const auto draw_one = [&](std::uint64_t mask) {
      const auto [known, is_new] = place.try_emplace(mask, coalitions.size());
      if (is_new) {
        add(coalitions, mask, 1.0);
        --left_;
      } else {
        coalitions.weights[known->second] += 1.0;
      }
      drawn += 1.0;
    };
    // Repeated sets cost no sample; a limit on the draws ends it where few new ones are left.
    constexpr std::size_t draws_per_sample = 4;
    for (std::size_t draws = draws_per_sample * left_; draws > 0 && left_ > 0; --draws) {
      const std::size_t size = random_size(generator, weight);
      const std::uint64_t mask = random_subset(generator, size);
      draw_one(mask);
      if (is_paired(size) && left_ > 0) draw_one(all_of(features_) & ~mask);
    }
    for (std::size_t i = first; i < coalitions.size(); ++i) coalitions.weights[i] *= weight / drawn;
  }

 private:
  bool is_paired(std::size_t size) const { return 2 * size != features_; }

  double remaining_weight() const {
    return std::accumulate(kernel_.begin() + static_cast<std::ptrdiff_t>(whole_), kernel_.end(), 0.0);
  }

  static void add(Coalitions& coalitions, std::uint64_t mask, double weight) {
    coalitions.masks.push_back(mask);
    coalitions.weights.push_back(weight);
  }

  std::size_t random_size(data::Generator& generator, double weight) const {
    double left = generator.uniform() * weight;
    for (std::size_t i = whole_; i + 1 < kernel_.size(); ++i) {
      if (left < kernel_[i]) return i + 1;
      left -= kernel_[i];
    }
    return kernel_.size();
  }

  // Floyd's algorithm: each subset of the size is equally likely.
  std::uint64_t random_subset(data::Generator& generator, std::size_t size) const {
    std::uint64_t mask = 0;
    for (std::size_t j = features_ - size; j < features_; ++j) {
      const std::uint64_t bit = std::uint64_t{1} << generator.below(j + 1);
      mask |= (mask & bit) != 0 ? std::uint64_t{1} << j : bit;
    }
    return mask;
  }

  std::size_t features_;
  std::size_t left_;            // samples
  std::size_t whole_ = 0;       // sizes taken whole
  std::vector<double> kernel_;  // weight of all sets of each size (and its complement's), sum 1
};

// Solves a x = b for symmetric positive definite a, for every column of b, in place (Cholesky with pivots).
// Throws Error where a is singular to rounding.
void solve_symmetric(data::Matrix& a, data::Matrix& b) {
  constexpr double rounding =
      1e-10;  // of the largest pivot, far above its own and far below the others' share
  gsl_matrix_view factors = gsl_matrix_view_array(a.values().data(), a.rows(), a.rows());
  gsl_matrix_view sides = gsl_matrix_view_array(b.values().data(), b.rows(), b.columns());
  const std::unique_ptr<gsl_permutation, decltype(&gsl_permutation_free)> order(
      gsl_permutation_alloc(a.rows()), gsl_permutation_free);
  gsl_linalg_pcholesky_decomp(&factors.matrix, order.get());
  for (std::size_t j = 0; j < a.rows(); ++j) {
    if (!(a(j, j) > rounding * a(0, 0))) {
      throw Error("the sampled coalitions do not determine the SHAP values", "", "take more samples");
    }
  }
  for (std::size_t c = 0; c < b.columns(); ++c) {
    gsl_vector_view side = gsl_matrix_column(&sides.matrix, c);
    gsl_linalg_pcholesky_svx(&factors.matrix, order.get(), &side.vector);
  }
}

}  // namespace

std::size_t fewest_samples(std::size_t features) {
  constexpr std::size_t few = 30;
  const std::size_t enough = 2 * features;
  return features <= few ? std::min(enough, (std::size_t{1} << features) - 2) : enough;
}

std::size_t usual_samples(std::size_t features) {
  constexpr std::size_t beyond_twice = 2048;
  return 2 * features + beyond_twice;
}

Coalitions draw_coalitions(std::size_t features, std::size_t samples, std::uint64_t seed) {
  assert(features >= 2 && features <= most_explained_features);
  constexpr std::size_t few = 30;
  if (features <= few) samples = std::min(samples, (std::size_t{1} << features) - 2);
  Coalitions coalitions;
  coalitions.features = features;
  Sampler sampler(features, samples);
  sampler.enumerate(coalitions);
  sampler.draw(coalitions, seed);
  return coalitions;
}

// The last value is what the others leave of full - base, which turns the constraint into columns
// z_j - z_last; the normal equations are those of the package.
ShapleyRegression::ShapleyRegression(const Coalitions& coalitions)
    : features_(coalitions.features), projection_(coalitions.features - 1, coalitions.size()) {
  const std::size_t n = features_ - 1;
  data::Matrix normal(n, n);
  for (std::size_t i = 0; i < coalitions.size(); ++i) {
    const std::uint64_t mask = coalitions.masks[i];
    const bool last = (mask >> n & 1U) != 0;
    has_last_.push_back(last);
    std::vector<double> column(n);
    for (std::size_t j = 0; j < n; ++j) {
      column[j] = static_cast<double>(mask >> j & 1U) - (last ? 1.0 : 0.0);
      projection_(j, i) = coalitions.weights[i] * column[j];
    }
    for (std::size_t j = 0; j < n; ++j) {
      for (std::size_t k = 0; k < n; ++k) normal(j, k) += projection_(j, i) * column[k];
    }
  }
  solve_symmetric(normal, projection_);
}

std::vector<double> ShapleyRegression::values(std::span<const double> scores, double full,
                                              double base) const {
  assert(scores.size() == has_last_.size());
  std::vector<double> target(scores.size());
  for (std::size_t i = 0; i < scores.size(); ++i) {
    target[i] = scores[i] - base - (has_last_[i] ? full - base : 0.0);
  }
  std::vector<double> values;
  for (std::size_t j = 0; j + 1 < features_; ++j) {
    const std::span<const double> row = projection_.row(j);
    values.push_back(std::inner_product(row.begin(), row.end(), target.begin(), 0.0));
  }
  values.push_back(full - base - std::accumulate(values.begin(), values.end(), 0.0));
  return values;
}

}  // namespace musicmem::models
