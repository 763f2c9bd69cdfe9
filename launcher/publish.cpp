// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/publish.h"

#include "config/error.h"
#include "launcher/fit_files.h"
#include "models/regressor.h"

#include <filesystem>

namespace musicmem::launcher {

std::unique_ptr<data::EventFile> begin_events(const StageContext& context, const FitTask& fit,
                                              std::int64_t first_step) {
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
    const config::SsastTraining& training = model.ssast.training;
    settings.insert(settings.end(), {{"size", to_string(model.ssast.size)},
                                     {"input", to_string(model.ssast.input)},
                                     {"pretrained", model.ssast.pretrained.empty() ? "no" : "yes"},
                                     {"freeze_backbone", model.ssast.freeze_backbone ? "yes" : "no"},
                                     {"learning_rate", training.learning_rate},
                                     {"head_learning_rate_factor", model.ssast.head_learning_rate_factor},
                                     {"weight_decay", training.weight_decay},
                                     {"batch", static_cast<double>(training.batch)},
                                     {"epochs", static_cast<double>(training.epochs)}});
  }
  return std::make_unique<data::EventFile>(context.run.tensorboard() / fit.directory(experiment), settings,
                                           first_step);
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
