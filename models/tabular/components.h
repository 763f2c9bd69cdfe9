// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/tables/principal_components.h"
#include "models/tabular/regressor.h"

#include <memory>
#include <optional>
#include <vector>

namespace musicmem::models {

// Any model on the principal components of its features, which are those of the rows that it is fitted to. To others it
// is a model of the features: explanations are of them.
class ComponentsRegressor : public Regressor {
 public:
  ComponentsRegressor(std::unique_ptr<Regressor> inner, const ComponentCount& count);
  // From what save() wrote beside the inner model.
  ComponentsRegressor(std::unique_ptr<Regressor> inner, const weights::StateFile& state);

  // Whether the file's model stands on components.
  static bool stands_in(const weights::StateFile& state);

  // Throws Error for more components than rows or columns.
  void fit(const TrainingSet& train, const TrainingSet& validation, std::uint64_t seed) override;
  std::vector<double> predict(const data::Matrix& x) const override;
  void save(weights::StateFile& state) const override;
  std::optional<std::size_t> inputs() const override { return components_.mean.size(); }
  std::optional<std::vector<double>> linear_slope() const override;
  std::vector<CurvePoint> training_curve() const override { return inner_->training_curve(); }

 private:
  std::unique_ptr<Regressor> inner_;
  ComponentCount count_;
  PrincipalComponents components_;
};

}  // namespace musicmem::models
