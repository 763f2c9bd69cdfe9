// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/settings/svr.h"
#include "models/tabular/table_model.h"

namespace musicmem::models {

// Epsilon support vector regression with an RBF or a linear kernel, fitted by LIBSVM (C.-C. Chang, C.-J. Lin,
// "LIBSVM: A Library for Support Vector Machines", 2011) with the choices of scikit-learn's SVR: shrinking
// on, and gamma "scale" = 1 / (columns x variance of the whole training matrix), 1 where that variance is 0.
//
// The score of x is sum_i coefficient_i exp(-gamma |x - s_i|^2) + intercept, or slope . x + intercept with
// the linear kernel. It is computed here and not by LIBSVM, so that a loaded model gives the bits of the
// fitted one.
class SvrRegressor : public Regressor {
 public:
  // The kernel cache takes what the rows need, at most limits.memory_bytes: on 21,000 rows a full cache is
  // four times faster than LIBSVM's usual 200 MB. The result does not depend on it.
  SvrRegressor(const config::SvrSettings& settings, const FitLimits& limits);
  explicit SvrRegressor(const weights::StateFile& state);

  // Throws Error if rows carry weights or a setting is out of LIBSVM's range.
  void fit(const TrainingSet& train, const TrainingSet& validation, std::uint64_t seed) override;
  std::vector<double> predict(const data::Matrix& x) const override;
  data::Matrix coalition_scores(const data::Matrix& x, const Coalitions& coalitions,
                                const Background& background) const override;
  void save(weights::StateFile& state) const override;
  std::optional<std::size_t> inputs() const override {
    return slope_.empty() ? support_vectors_.columns() : slope_.size();
  }
  std::optional<std::vector<double>> linear_slope() const override;

 private:
  bool is_linear() const { return !slope_.empty(); }

  config::SvrSettings settings_;
  FitLimits limits_;
  data::Matrix support_vectors_;      // vectors x columns; rbf only
  std::vector<double> coefficients_;  // one per support vector
  std::vector<double> slope_;         // one per column; linear only
  double intercept_ = 0.0;
  double gamma_ = 0.0;
};

extern const TableModel svr_model;

}  // namespace musicmem::models
