// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/coalitions/coalition_scores.h"
#include "models/tabular/regressor.h"

#include <cstdint>
#include <vector>

namespace musicmem::models {

// What moved the predictions of some rows: base + sum of a row's values = its prediction.
struct ShapValues {
  double base = 0.0;                // mean prediction over the background
  std::vector<double> predictions;  // of each row
  data::Matrix values;              // rows x features
};

struct ShapSettings {
  std::size_t samples = 0;  // coalitions; 0 for usual_samples
  std::uint64_t seed = 1;
};

// k-means of the rows of x (S. Lloyd, with the seeding of D. Arthur and S. Vassilvitskii, 2007): the centers,
// weighted by their shares of the rows. At most as many centers as there are rows.
Background kmeans_background(const data::Matrix& x, std::size_t centers, std::uint64_t seed);

// SHAP values of every row of x (normalised, as the model takes it): exact where the model is linear, by
// kernel SHAP otherwise. All rows share one set of coalitions. Throws Error for more than
// most_explained_features features of a model that is not linear.
ShapValues shap_values(const Regressor& model, const data::Matrix& x, const Background& background,
                       const ShapSettings& settings = {});

// Columns of x that are explained as one.
using Block = std::vector<std::size_t>;

// SHAP values of blocks of columns, which join and leave coalitions whole: [rows, blocks]. Exact for linear models and
// for up to ten blocks. Throws Error for more than most_explained_features blocks of a model that is not linear.
ShapValues shap_values(const Regressor& model, const data::Matrix& x, const Background& background,
                       const std::vector<Block>& blocks, const ShapSettings& settings = {});

// How much worse the mean squared error becomes, on average over `repeats`, when one feature's values are
// permuted over the rows (L. Breiman, "Random Forests", 2001); one number per feature.
std::vector<double> permutation_importance(const Regressor& model, const data::Matrix& x,
                                           const std::vector<double>& labels, int repeats,
                                           std::uint64_t seed);
// The same of blocks, whose columns are permuted together.
std::vector<double> permutation_importance(const Regressor& model, const data::Matrix& x,
                                           const std::vector<double>& labels,
                                           const std::vector<Block>& blocks, int repeats, std::uint64_t seed);

}  // namespace musicmem::models
