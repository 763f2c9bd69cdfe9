// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "data/matrix.h"
#include "features/spectra/sample_array.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace musicmem::models {

// One clip at its original pitch, as features::ClipPreparer extracts it: the first dataset of each feature
// set that the predictor names, in its order. A set that was made elsewhere has the same form: its rows, or one.
using ClipFeatures = std::vector<features::SampleArray>;

// A value that lies far from those that a model learned from.
struct FarValue {
  std::string column;
  double deviations = 0.0;  // standard deviations
};

// What each named feature of a clip's rows added to its score, against the average training clip.
struct Contributions {
  std::vector<std::string> columns;
  data::Matrix values;  // [rows, columns]
};

// A trained model that scores clips from its weights file alone, whatever its kind and the file's form.
class Predictor {
 public:
  virtual ~Predictor() = default;

  virtual std::string_view kind() const = 0;                  // ModelKind::name
  virtual std::vector<std::string> feature_sets() const = 0;  // by name
  // What its file says of how features are made, in the words of features::recorded_settings().
  virtual std::map<std::string, std::string> feature_settings() const { return {}; }

  // The clip's score, its segments pooled. Throws Error where the features are others than it was trained on.
  virtual double predict(const ClipFeatures& clip) const = 0;

  // Whether it was trained on permuted labels, so that its scores say nothing.
  virtual bool is_control() const { return false; }
  // How the file was read, where that is not plain; "" where it is.
  virtual std::string reading_text() const { return ""; }
  // What must be known of the model before its scores are believed, a line each.
  virtual std::vector<std::string> warnings() const { return {}; }
  // The value that lies furthest from the training rows; empty where that is not known.
  virtual std::optional<FarValue> furthest_value(const ClipFeatures&) const { return std::nullopt; }
  // SHAP values; empty of a model without named features.
  virtual std::optional<Contributions> contributions(const ClipFeatures&) const { return std::nullopt; }
};

}  // namespace musicmem::models
