// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/settings/svr.h"
#include "models/svm/kernel.h"
#include "models/tabular/table_model.h"

namespace musicmem::models {

struct SvrSolution;

// Epsilon support vector regression with an RBF or a linear kernel, as LIBSVM fits it (C.-C. Chang, C.-J. Lin,
// "LIBSVM: A Library for Support Vector Machines", 2011) with the choices of scikit-learn's SVR: shrinking
// on, and gamma "scale" = 1 / (columns x variance of the whole training matrix), 1 where that variance is 0.
//
// A row of weight v has the cost v C, as scikit-learn's sample_weight has it.
//
// The score of x is sum_i coefficient_i exp(-gamma |x - s_i|^2) + intercept, or slope . x + intercept with
// the linear kernel.
class SvrRegressor : public Regressor {
 public:
  // The kernel takes what the rows need, at most limits.memory_bytes; the result does not depend on it.
  SvrRegressor(const config::SvrSettings& settings, const FitLimits& limits);
  explicit SvrRegressor(const weights::StateFile& state);

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
  void keep(const data::Matrix& x, const SvrSolution& solution);

  config::SvrSettings settings_;
  FitLimits limits_;
  data::Matrix support_vectors_;      // vectors x columns; rbf only
  PackedRows packed_;                 // the same
  std::vector<double> coefficients_;  // one per support vector
  std::vector<double> slope_;         // one per column; linear only
  double intercept_ = 0.0;
  double gamma_ = 0.0;
};

extern const TableModel svr_model;

}  // namespace musicmem::models
