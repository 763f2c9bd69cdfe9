// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/study/publish.h"

#include "config/error.h"
#include "launcher/study/fit_files.h"
#include "models/tabular/regressor.h"

#include <filesystem>

namespace musicmem::launcher {
namespace {

using data::HyperParameters;

std::string yes_or_no(bool flag) {
  return flag ? "yes" : "no";
}

double number(int value) {
  return value;
}

HyperParameters settings_of_mlp(const config::MlpSettings& mlp, config::Variant variant) {
  std::string widths;
  for (const int width : mlp.hidden) widths += (widths.empty() ? "" : ", ") + std::to_string(width);
  return {{"hidden", widths},
          {"learning_rate", mlp.learning_rate},
          {"dropout", mlp.dropout},
          {"batch", number(config::uses_augmented_rows(variant) ? mlp.batch_augmented : mlp.batch)},
          {"max_epochs", number(mlp.max_epochs)},
          {"patience", number(mlp.patience)},
          {"ranking_weight", mlp.ranking_weight},
          {"center_labels", yes_or_no(mlp.center_labels)}};
}

// What the schedule depends on beside its name.
HyperParameters settings_of_schedule(const config::SsastTraining& training) {
  HyperParameters settings = {{"schedule", to_string(training.schedule)},
                              {"warm_up_steps", number(training.warm_up_steps)}};
  if (training.schedule != config::Schedule::constant)
    settings.emplace_back("schedule_factor", training.schedule_factor);
  if (training.schedule == config::Schedule::step) {
    settings.emplace_back("step_from", number(training.step_from));
    settings.emplace_back("step_every", number(training.step_every));
  }
  if (training.schedule == config::Schedule::plateau)
    settings.emplace_back("plateau_patience", number(training.plateau_patience));
  return settings;
}

HyperParameters settings_of_ssast(const config::SsastSettings& ssast) {
  const config::SsastTraining& training = ssast.training;
  HyperParameters settings = {{"size", to_string(ssast.size)},
                              {"patches", to_string(ssast.patches)},
                              {"pooling", to_string(ssast.pooling)},
                              {"head", to_string(ssast.head)},
                              {"input", to_string(ssast.input)},
                              {"pretrained", yes_or_no(!ssast.pretrained.empty())},
                              {"freeze_backbone", yes_or_no(ssast.freeze_backbone)},
                              {"optimizer", to_string(training.optimizer)},
                              {"learning_rate", training.learning_rate},
                              {"head_learning_rate_factor", ssast.head_learning_rate_factor},
                              {"weight_decay", training.weight_decay},
                              {"beta1", training.beta1},
                              {"beta2", training.beta2},
                              {"clip_gradient", training.clip_gradient},
                              {"batch", number(training.batch)},
                              {"epochs", number(training.epochs)},
                              {"patience", number(training.patience)},
                              {"average_from", number(training.average_from)},
                              {"average_to", number(training.average_to)},
                              {"mask_bins", number(training.mask_bins)},
                              {"mask_frames", number(training.mask_frames)},
                              {"noise", yes_or_no(training.noise)},
                              {"roll", yes_or_no(training.roll)},
                              {"center_labels", yes_or_no(training.center_labels)},
                              {"statistics", to_string(training.statistics)}};
  const HyperParameters schedule = settings_of_schedule(training);
  settings.insert(settings.end(), schedule.begin(), schedule.end());
  return settings;
}

}  // namespace

std::unique_ptr<data::EventFile> begin_events(const StageContext& context, const FitTask& fit,
                                              std::int64_t first_step) {
  const config::Experiment& experiment = context.study.experiment;
  const config::ModelSpec& model = experiment.models[fit.model];
  if (!models::traits_of(model.name).stops_early) return nullptr;
  HyperParameters settings = {{"model", model.label},
                              {"variant", fit.variant_name()},
                              {"seed", fit.seed_name()},
                              {"fold", static_cast<double>(fit.fold)}};
  const HyperParameters of_model =
      model.name == "mlp" ? settings_of_mlp(model.mlp, fit.variant) : settings_of_ssast(model.ssast);
  settings.insert(settings.end(), of_model.begin(), of_model.end());
  const auto tell = [&log = context.log](const Error& error) {
    log.cannot_write("event files", error.what());
  };
  return std::make_unique<data::EventFile>(context.run.tensorboard() / fit.directory(experiment), settings,
                                           first_step, tell);
}

void require_own_run(const StageContext& context, const std::string& work) {
  try {
    context.claim.require_held();
  } catch (const LeaseLost& error) {
    throw distributed::CommunicationError(work, context.ranks.rank(),
                                          distributed::CommunicationError::every_rank, error.what());
  }
}

void publish(const StageContext& context, const FitTask& fit, const models::FoldFitResult& result) {
  const config::Experiment& experiment = context.study.experiment;
  require_own_run(context, fit_task_name(fit, experiment));
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
