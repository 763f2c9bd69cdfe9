// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/tables/label_scale.h"
#include "models/tabular/regressor.h"

#include <memory>

namespace musicmem::models {

// Another model that learns labels as shares of their scale; its scores are labels.
class ScaledLabels : public Regressor {
 public:
  ScaledLabels(std::unique_ptr<Regressor> inner, const LabelScale& scale);
  // From what save() wrote, around the model that the same file holds. Throws Error.
  ScaledLabels(std::unique_ptr<Regressor> inner, const weights::StateFile& state);
  static bool stands_in(const weights::StateFile& state);

  void fit(const TrainingSet& train, const TrainingSet& validation, std::uint64_t seed) override;
  std::vector<double> predict(const data::Matrix& x) const override;
  void save(weights::StateFile& state) const override;
  std::optional<std::size_t> inputs() const override { return inner_->inputs(); }
  std::optional<std::vector<double>> linear_slope() const override;
  data::Matrix coalition_scores(const data::Matrix& x, const Coalitions& coalitions,
                                const Background& background) const override;
  std::vector<CurvePoint> training_curve() const override { return inner_->training_curve(); }

 private:
  std::unique_ptr<Regressor> inner_;
  LabelScale scale_;
};

}  // namespace musicmem::models
