// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/late_function.h"
#include "config/settings/mlp.h"
#include "models/tabular/dense_network.h"
#include "models/tabular/table_model.h"

#include <cstdint>
#include <vector>

namespace musicmem::models {

struct MlpFit {
  DenseNetwork network;  // of the epoch with the smallest validation error
  std::vector<CurvePoint> curve;
};

// train_mlp() of mlp_training.h.
inline constinit LateFunction<MlpFit(const TrainingSet& train, const TrainingSet& validation,
                                     const config::MlpSettings& settings, std::uint64_t seed,
                                     data::EventFile* events, const DenseNetwork& initial)>
    train_mlp_late;

// The published multilayer perceptron: features -> hidden layers with ReLU and dropout -> one score, stopped
// early on the mean squared error of the validation rows. mlp_training.h fits it, dense_network.h predicts.
class MlpRegressor : public Regressor {
 public:
  // `events` may be null; it is told of every epoch.
  explicit MlpRegressor(const config::MlpSettings& settings, data::EventFile* events = nullptr);
  explicit MlpRegressor(const weights::StateFile& state);

  // Throws Error if there is no validation row, the loss is not finite from the first epoch on, or the settings' weights
  // are of another network.
  void fit(const TrainingSet& train, const TrainingSet& validation, std::uint64_t seed) override;
  std::vector<double> predict(const data::Matrix& x) const override;
  data::Matrix coalition_scores(const data::Matrix& x, const Coalitions& coalitions,
                                const Background& background) const override;
  void save(weights::StateFile& state) const override;
  std::optional<std::size_t> inputs() const override { return network_.front().inputs; }
  std::vector<CurvePoint> training_curve() const override { return curve_; }

 private:
  config::MlpSettings settings_;
  data::EventFile* events_ = nullptr;
  DenseNetwork network_;
  double label_offset_ = 0.0;  // mean training label where labels are centred
  std::vector<CurvePoint> curve_;
};

extern const TableModel mlp_model;

}  // namespace musicmem::models
