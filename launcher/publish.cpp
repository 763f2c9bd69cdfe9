// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/publish.h"

#include "config/error.h"
#include "launcher/fit_files.h"
#include "models/regressor.h"

#include <filesystem>

namespace musicmem::launcher {

std::unique_ptr<data::EventFile> begin_events(const StageContext& context, const FitTask& fit) {
  const config::Experiment& experiment = context.study.experiment;
  const config::ModelSpec& model = experiment.models[fit.model];
  if (!models::traits_of(model.name).stops_early) return nullptr;
  data::HyperParameters settings = {{"model", model.label},
                                    {"variant", fit.variant_name()},
                                    {"seed", fit.seed_name()},
                                    {"fold", static_cast<double>(fit.fold)}};
  if (model.name == "mlp") {
    settings.insert(settings.end(), {{"learning_rate", model.mlp.learning_rate},
                                     {"dropout", model.mlp.dropout},
                                     {"batch", static_cast<double>(model.mlp.batch)},
                                     {"ranking_weight", model.mlp.ranking_weight}});
  }
  if (model.name == "ssast") {
    settings.insert(settings.end(), {{"size", to_string(model.ssast.size)},
                                     {"learning_rate", model.ssast.training.learning_rate},
                                     {"batch", static_cast<double>(model.ssast.training.batch)}});
  }
  return std::make_unique<data::EventFile>(context.run.tensorboard() / fit.directory(experiment), settings);
}

void publish(const StageContext& context, const FitTask& fit, const models::FoldFitResult& result) {
  const config::Experiment& experiment = context.study.experiment;
  context.claim.require_held();
  const Trace::Span span(context.trace, "io", "publish " + fit.directory(experiment).generic_string());
  try {
    publish_fit(context.run.folds() / fit.directory(experiment), fit, experiment.models[fit.model],
                context.study.tracks, result);
  } catch (const std::filesystem::filesystem_error& error) {
    throw Error("its files cannot be written: " + error.code().message(), "",
                "look at the run's folds directory");
  } catch (const Error& error) {
    throw Error("its files cannot be written: " + error.problem(), "", error.advice());
  }
}

}  // namespace musicmem::launcher
