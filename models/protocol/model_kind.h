// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/model_traits.h"
#include "models/protocol/fit_run.h"
#include "models/protocol/fold_fit.h"
#include "models/protocol/predictor.h"
#include "models/tabular/table_model.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace musicmem::config {
struct Experiment;
}

namespace musicmem::models {

struct SsastAnswers;

// What the fits of one entry of `models` would meet, found before the study costs anything.
struct ModelCheck {
  std::vector<std::string> taken;     // how a file of pre-trained weights is read
  std::vector<std::string> warnings;  // what may not be meant
};

// What the program does with a kind of model. Those that do not apply are null.
struct ModelKind {
  std::string_view name;  // as in experiments and in weights files
  FitCostsOf costs = nullptr;

  // Makes one fit. Collective in the run's group for traits that say `distributed`, where every rank returns
  // the same.
  FoldFitResult (*fit)(const FoldFitRequest& request, const FitRun& run) = nullptr;

  // See score_models. Null for a kind whose fits are made one by one.
  std::vector<Metrics> (*score)(const FoldFitRequest& request, const std::vector<config::ModelSpec>& models,
                                const FitRun& run) = nullptr;

  // A fit's weights back, from the form that it left: HDF5, or a checkpoint. `answers`: what a user says of a
  // checkpoint that does not say it itself.
  std::unique_ptr<Predictor> (*load)(const weights::StateFile& state) = nullptr;
  std::unique_ptr<Predictor> (*load_checkpoint)(const weights::PthFile& file,
                                                const SsastAnswers& answers) = nullptr;

  // Throws Error where fits of the model could not begin.
  ModelCheck (*check)(const config::Experiment& experiment, const config::ModelSpec& model) = nullptr;
  // See TableModel.
  bool (*is_linear)(const config::ModelSpec& model) = nullptr;
  std::string (*settings_warning)(const config::ModelSpec& model, double label_deviation) = nullptr;

  config::ModelTraits traits() const { return config::traits_of(name); }
};

}  // namespace musicmem::models
