// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/tabular/table_model.h"

namespace musicmem::models {

// Linear least squares with a penalty on the slope (A. Hoerl, R. Kennard, "Ridge Regression", Technometrics 12, 1970),
// in closed form, as scikit-learn's Ridge: the slope w and the intercept b make sum_i v_i (y_i - w . x_i - b)^2 +
// alpha |w|^2 least, where the rows' weights v are 1 or those given. With alpha 0, of several solutions the one with the
// shortest slope.
class RidgeRegressor : public Regressor {
 public:
  explicit RidgeRegressor(double alpha) : alpha_(alpha) {}
  explicit RidgeRegressor(const weights::StateFile& state);

  void fit(const TrainingSet& train, const TrainingSet& validation, std::uint64_t seed) override;
  std::vector<double> predict(const data::Matrix& x) const override;
  data::Matrix coalition_scores(const data::Matrix& x, const Coalitions& coalitions,
                                const Background& background) const override;
  void save(weights::StateFile& state) const override;
  std::optional<std::size_t> inputs() const override { return slope_.size(); }
  std::optional<std::vector<double>> linear_slope() const override { return slope_; }

 private:
  double alpha_ = 0.0;
  std::vector<double> slope_;  // one per column
  double intercept_ = 0.0;
};

extern const TableModel ridge_model;

}  // namespace musicmem::models
