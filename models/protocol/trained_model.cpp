// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/protocol/trained_model.h"

#include "config/error.h"
#include "config/model_traits.h"
#include "models/tables/pooling.h"

#include <algorithm>
#include <cassert>
#include <limits>

namespace musicmem::models {
namespace {

using weights::StateFile;

// The value whose word is the file's text `name`.
template <config::HasWords Enum>
Enum read_word(const StateFile& state, const std::string& name) {
  const std::string& text = state.text(name);
  for (const auto& known : words(Enum{})) {
    if (known.text == text) return known.value;
  }
  throw Error("unknown " + name + " '" + text + "'", state.origin);
}

std::optional<Normalisation> read_normalisation(const StateFile& state, std::uint64_t columns) {
  Normalisation normalisation{state.double_array("normalisation.mean", {columns}),
                              state.double_array("normalisation.scale", {columns})};
  for (const double scale : normalisation.scale) {
    if (!(scale > 0.0)) throw Error("a scale of the normalisation is not positive", state.origin);
  }
  return normalisation;
}

}  // namespace

void FitDescription::save(StateFile& state) const {
  state.texts["model_label"] = model_label;
  state.texts["variant"] = config::to_string(variant);
  state.texts["feature_set"] = config::to_string(features);
  state.texts["pooling"] = config::to_string(pooling);
  state.texts["control"] = shuffled_control ? "shuffled" : "none";
  state.texts["seed"] = seed;
  state.numbers["fold"] = fold;
  if (!normalisation) return;
  state.lists["columns"] = columns;
  state.doubles["normalisation.mean"] = {{columns.size()}, normalisation->mean};
  state.doubles["normalisation.scale"] = {{columns.size()}, normalisation->scale};
}

FitDescription FitDescription::load(const StateFile& state) {
  FitDescription description;
  description.model_label = state.text("model_label");
  description.variant = read_word<config::Variant>(state, "variant");
  description.features = config::FeatureChoice::parse(state.text("feature_set"));
  description.pooling = read_word<config::Pooling>(state, "pooling");
  description.shuffled_control = state.text("control") == "shuffled";
  description.seed = state.text("seed");
  description.fold = static_cast<int>(state.whole_number("fold", 0, std::numeric_limits<int>::max()));
  if (!config::traits_of(state.text("model_name")).uses_features) return description;
  description.columns = state.list("columns");
  description.normalisation = read_normalisation(state, description.columns.size());
  return description;
}

TrainedModel::TrainedModel(const StateFile& state)
    : origin_(state.origin), description_(FitDescription::load(state)), regressor_(load_regressor(state)) {
  const std::optional<std::size_t> inputs = regressor_->inputs();
  if (inputs && *inputs != description_.columns.size()) {
    throw Error("the model takes " + std::to_string(*inputs) + " features but the file names " +
                    std::to_string(description_.columns.size()),
                origin_);
  }
}

void TrainedModel::check_columns(const std::vector<std::string>& columns) const {
  const std::vector<std::string>& own = description_.columns;
  if (own.empty()) return;
  const auto [mine, given] = std::mismatch(own.begin(), own.end(), columns.begin(), columns.end());
  if (mine == own.end() && given == columns.end()) return;
  const std::string place = "feature " + std::to_string(mine - own.begin() + 1);
  const std::string wanted = mine == own.end() ? "nothing" : "'" + *mine + "'";
  const std::string found = given == columns.end() ? "nothing" : "'" + *given + "'";
  throw Error(place + " of the model is " + wanted + ", that of the data " + found, origin_,
              "extract the features with the settings of the study that trained the model");
}

std::vector<double> TrainedModel::predict(const data::Matrix& raw_rows) const {
  if (!description_.normalisation) return regressor_->predict(raw_rows);
  assert(raw_rows.columns() == description_.columns.size());
  return regressor_->predict(description_.normalisation->apply(raw_rows));
}

double TrainedModel::predict_clip(const data::Matrix& raw_rows) const {
  assert(raw_rows.rows() > 0);
  return pool_segments(predict(raw_rows), description_.pooling);
}

}  // namespace musicmem::models
