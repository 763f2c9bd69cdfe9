// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "data/matrix.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

// Kernel SHAP: which features moved a prediction, and how far (S. Lundberg, S.-I. Lee, "A Unified Approach to
// Interpreting Model Predictions", NeurIPS 2017).
namespace musicmem::models {

// Sets of features out of the first `features`, each with its weight in the regression; neither empty nor
// full. Bit j of a mask stands for feature j.
struct Coalitions {
  std::size_t features = 0;
  std::vector<std::uint64_t> masks;
  std::vector<double> weights;  // they sum to 1

  std::size_t size() const { return masks.size(); }
};

inline constexpr std::size_t most_explained_features = 64;

// The fewest samples that can determine one value per feature: a coalition and its complement say the same.
std::size_t fewest_samples(std::size_t features);

// The package's usual number of samples, 2 x features + 2048.
std::size_t usual_samples(std::size_t features);

// About `samples` coalitions of at least two features: sizes from the outside in (1 and all but 1, 2 and all
// but 2, ...) are taken whole as long as the samples last, the rest is drawn by the Shapley kernel's weights,
// each set together with its complement. The same seed gives the same sets. All 2^n - 2 where samples allow;
// the values are then exact.
Coalitions draw_coalitions(std::size_t features, std::size_t samples, std::uint64_t seed);

// The weighted least squares of kernel SHAP for one set of coalitions: values that sum to the prediction's
// distance from the base. Factored once, then one small product per row.
class ShapleyRegression {
 public:
  // Throws Error where the coalitions do not determine the values.
  explicit ShapleyRegression(const Coalitions& coalitions);

  // One value per feature, from the mean score of each coalition (`scores`), of the row itself (`full`) and
  // of the background (`base`).
  std::vector<double> values(std::span<const double> scores, double full, double base) const;

 private:
  std::size_t features_;
  std::vector<bool> has_last_;  // by coalition: whether it holds the last feature, which is eliminated
  data::Matrix projection_;     // (features - 1) x coalitions
};

}  // namespace musicmem::models
