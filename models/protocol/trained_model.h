// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/settings/cross_validation.h"
#include "config/settings/feature_choice.h"
#include "config/settings/variant.h"
#include "data/matrix.h"
#include "models/tables/normalisation.h"
#include "models/tabular/regressor.h"
#include "weights/state_file.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace musicmem::models {

// What a weights file says about the fit that made it, and what prediction needs besides the regressor.
struct FitDescription {
  std::string model_label;
  config::Variant variant = config::Variant::vanilla;
  config::FeatureChoice features = {};
  config::Pooling pooling = config::Pooling::mean;
  bool shuffled_control = false;
  int fold = 0;
  std::string seed;                            // "none" for a fit without randomness
  std::vector<std::string> columns;            // names of the features; empty for models without
  std::optional<Normalisation> normalisation;  // empty for models without features

  void save(weights::StateFile& state) const;
  static FitDescription load(const weights::StateFile& state);
};

// A model that predicts from its weights file alone. Throws Error where the file does not hold together.
class TrainedModel {
 public:
  explicit TrainedModel(const weights::StateFile& state);

  const FitDescription& description() const { return description_; }
  const Regressor& regressor() const { return *regressor_; }

  // Throws Error that names the first difference if `columns` are not the features the model was trained on.
  void check_columns(const std::vector<std::string>& columns) const;

  // One score per row; `raw_rows` [rows, columns] are features as extracted, not normalised.
  std::vector<double> predict(const data::Matrix& raw_rows) const;

  // The score of one clip from its segments, at least one row.
  double predict_clip(const data::Matrix& raw_rows) const;

 private:
  std::string origin_;
  FitDescription description_;
  std::unique_ptr<Regressor> regressor_;
};

}  // namespace musicmem::models
