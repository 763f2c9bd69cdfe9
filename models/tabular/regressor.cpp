// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/tabular/regressor.h"

#include "config/error.h"
#include "config/settings/model.h"
#include "models/coalitions/coalition_scores.h"
#include "models/tabular/baselines.h"
#include "models/tabular/mlp.h"
#include "models/tabular/svr.h"

#include <array>
#include <cassert>
#include <string_view>

namespace musicmem::models {
namespace {

using config::ModelSpec;
using weights::StateFile;

// A model on tables is added here; CONTRIBUTING.md lists what else it takes.
struct ModelKind {
  std::string_view name;
  ModelTraits traits;
  std::unique_ptr<Regressor> (*make)(const ModelSpec&, const FitLimits&);
  std::unique_ptr<Regressor> (*load)(const StateFile&);
};

const std::array<ModelKind, 5>& model_kinds() {
  static const std::array<ModelKind, 5> kinds = {{
      {"mean",
       {.uses_features = false, .uses_randomness = false, .stops_early = false, .takes_weights = false},
       [](const ModelSpec&, const FitLimits&) -> std::unique_ptr<Regressor> {
         return std::make_unique<MeanRegressor>();
       },
       [](const StateFile& state) -> std::unique_ptr<Regressor> {
         return std::make_unique<MeanRegressor>(state);
       }},
      {"random",
       {.uses_features = false, .uses_randomness = true, .stops_early = false, .takes_weights = false},
       [](const ModelSpec&, const FitLimits&) -> std::unique_ptr<Regressor> {
         return std::make_unique<RandomRegressor>();
       },
       [](const StateFile& state) -> std::unique_ptr<Regressor> {
         return std::make_unique<RandomRegressor>(state);
       }},
      {"svr",
       {.uses_features = true, .uses_randomness = false, .stops_early = false, .takes_weights = false},
       [](const ModelSpec& model, const FitLimits& limits) -> std::unique_ptr<Regressor> {
         return std::make_unique<SvrRegressor>(model.svr, limits);
       },
       [](const StateFile& state) -> std::unique_ptr<Regressor> {
         return std::make_unique<SvrRegressor>(state);
       }},
      {"mlp",
       {.uses_features = true, .uses_randomness = true, .stops_early = true, .takes_weights = true},
       [](const ModelSpec& model, const FitLimits& limits) -> std::unique_ptr<Regressor> {
         return std::make_unique<MlpRegressor>(model.mlp, limits.events);
       },
       [](const StateFile& state) -> std::unique_ptr<Regressor> {
         return std::make_unique<MlpRegressor>(state);
       }},
      // Takes spectrograms instead of a matrix: fit_ssast trains it.
      {"ssast",
       {.uses_features = true, .uses_randomness = true, .stops_early = true, .takes_weights = true},
       nullptr,
       nullptr},
  }};
  return kinds;
}

const ModelKind& kind_of(std::string_view name, const std::string& where) {
  for (const ModelKind& kind : model_kinds()) {
    if (kind.name == name) return kind;
  }
  throw Error("unknown model '" + std::string(name) + "'", where,
              "models are mean, random, svr, mlp and ssast");
}

}  // namespace

ModelTraits traits_of(const std::string& model_name) {
  return kind_of(model_name, "").traits;
}

void check_model_supports(const ModelSpec& model, config::Variant variant) {
  const ModelTraits traits = kind_of(model.name, "").traits;
  const std::string refusal = "model " + model.name + " has no variant " + config::to_string(variant);
  if (variant != config::Variant::vanilla && !traits.uses_features) {
    throw Error(refusal + ", it uses no features", "", "keep variant vanilla only");
  }
  if (config::uses_lds_weights(variant) && !traits.takes_weights) {
    throw Error(refusal + ", it gives every row the same weight", "", "keep variants vanilla and augmented");
  }
}

std::unique_ptr<Regressor> make_regressor(const ModelSpec& model, const FitLimits& limits) {
  const ModelKind& kind = kind_of(model.name, "");
  assert(kind.make != nullptr);
  return kind.make(model, limits);
}

std::unique_ptr<Regressor> load_regressor(const StateFile& state) {
  const ModelKind& kind = kind_of(state.text("model_name"), state.origin);
  if (kind.load == nullptr) throw Error("weights of ssast are kept in .pth files", state.origin);
  return kind.load(state);
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
