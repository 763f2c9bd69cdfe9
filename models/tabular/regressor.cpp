// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/tabular/regressor.h"

#include "config/error.h"
#include "config/settings/model.h"
#include "models/coalitions/coalition_scores.h"
#include "models/tabular/baselines.h"
#include "models/tabular/components.h"
#include "models/tabular/mlp.h"
#include "models/tabular/ridge.h"
#include "models/tabular/scaled_labels.h"
#include "models/tabular/svr.h"

#include <algorithm>
#include <utility>

#include <fmt/ranges.h>

namespace musicmem::models {

const std::vector<const TableModel*>& table_models() {
  static const std::vector<const TableModel*> models = {&mean_model, &random_model, &ridge_model, &svr_model,
                                                        &mlp_model};
  return models;
}

const TableModel* find_table_model(std::string_view name) {
  const auto found = std::ranges::find(table_models(), name, &TableModel::name);
  return found == table_models().end() ? nullptr : *found;
}

const TableModel& table_model(std::string_view name, const std::string& where) {
  if (const TableModel* const found = find_table_model(name)) return *found;
  std::vector<std::string_view> known;
  for (const TableModel* model : table_models()) known.push_back(model->name);
  throw Error(fmt::format("unknown model on tables '{}'", name), where,
              fmt::format("they are {}", fmt::join(known, ", ")));
}

std::unique_ptr<Regressor> make_regressor(const config::ModelSpec& model, const FitLimits& limits) {
  std::unique_ptr<Regressor> regressor = table_model(model.name, "").make(model, limits);
  if (!model.pca.any()) return regressor;
  const ComponentCount count{static_cast<std::size_t>(model.pca.number), model.pca.share};
  return std::make_unique<ComponentsRegressor>(std::move(regressor), count);
}

std::unique_ptr<Regressor> load_regressor(const weights::StateFile& state) {
  std::unique_ptr<Regressor> regressor = table_model(state.text("model_name"), state.origin).load(state);
  if (ComponentsRegressor::stands_in(state))
    regressor = std::make_unique<ComponentsRegressor>(std::move(regressor), state);
  if (ScaledLabels::stands_in(state)) regressor = std::make_unique<ScaledLabels>(std::move(regressor), state);
  return regressor;
}

// Every mixture of a row and the background, one by one: what the models' own forms are held against.
data::Matrix Regressor::coalition_scores(const data::Matrix& x, const Coalitions& coalitions,
                                         const Background& background) const {
  data::Matrix scores(x.rows(), coalitions.size());
  for (std::size_t r = 0; r < x.rows(); ++r) {
    for (std::size_t z = 0; z < coalitions.size(); ++z) {
      data::Matrix mixed = background.rows;
      for (std::size_t k = 0; k < mixed.rows(); ++k) {
        for (std::size_t j = 0; j < mixed.columns(); ++j) {
          if ((coalitions.masks[z] >> j & 1U) != 0) mixed(k, j) = x(r, j);
        }
      }
      scores(r, z) = mean_score(predict(mixed), background);
    }
  }
  return scores;
}

}  // namespace musicmem::models
