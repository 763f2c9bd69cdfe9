// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/stages/publish.h"

#include "config/error.h"
#include "config/fit_settings.h"
#include "config/model_traits.h"
#include "config/settings/setting_text.h"
#include "config/settings/weighing_visitor.h"
#include "launcher/stages/fit_files.h"
#include "launcher/study/study.h"

#include <filesystem>
#include <utility>

#include <fmt/ranges.h>

namespace musicmem::launcher {
namespace {

using data::HyperParameters;

double hyper_value(int value, const auto&) {
  return value;
}
double hyper_value(double value, const auto&) {
  return value;
}
std::string hyper_value(bool value, const auto&) {
  return value ? "yes" : "no";
}
std::string hyper_value(const std::filesystem::path& value, const auto&) {
  return hyper_value(!value.empty(), value);
}
std::string hyper_value(const std::vector<int>& values, const auto& domain) {
  return fmt::format("{}", fmt::join(config::item_texts(values, domain), ", "));
}
template <config::HasWords Enum>
std::string hyper_value(Enum value, const config::Anything&) {
  return to_string(value);
}
template <class Number>
HyperParameters::value_type::second_type hyper_value(const std::optional<Number>& value,
                                                     const config::WordOr<Number>& domain) {
  if (!value) return domain.word;
  return hyper_value(*value, domain.range);
}

// The settings of one kind of model that its fits follow from, by their keys.
class HyperParameterList : public config::WeighingVisitor<HyperParameterList> {
 public:
  HyperParameters values;

  // Settings that every model has are passed over.
  template <class Settings>
  void kind(const char*, bool is_chosen, const Settings& settings) {
    of_kind_ = true;
    if (is_chosen) visit(*this, settings);
    of_kind_ = false;
  }
  template <class T, class Domain>
  void setting(const config::Setting& about, const T& value, const Domain& domain) {
    if constexpr (requires { hyper_value(value, domain); }) {
      if (of_kind_ && about.effect != config::Effect::nothing && matters())
        values.emplace_back(about.key, hyper_value(value, domain));
    }
  }

 private:
  bool of_kind_ = false;
};

}  // namespace

HyperParameters hyper_parameters(config::ModelSpec model, config::Variant variant) {
  HyperParameterList list;
  if (config::uses_augmented_rows(variant)) model.mlp.batch = model.mlp.batch_augmented;
  visit(list, std::as_const(model));
  return list.values;
}

std::unique_ptr<data::EventFile> begin_events(const HeldRun& run, const config::Experiment& experiment,
                                              const FitTask& fit, const config::ModelSpec& model,
                                              std::int64_t first_step) {
  if (!config::traits_of(model.name).stops_early) return nullptr;
  HyperParameters settings = {{"model", model.label},
                              {"variant", fit.variant_name()},
                              {"seed", fit.seed_name()},
                              {"fold", static_cast<double>(fit.fold)}};
  const HyperParameters of_model =
      hyper_parameters(config::resolved(model, experiment.features), fit.variant);
  settings.insert(settings.end(), of_model.begin(), of_model.end());
  const auto tell = [&log = run.log](const Error& error) { log.cannot_write("event files", error.what()); };
  return std::make_unique<data::EventFile>(run.directory.tensorboard() / fit.directory(experiment), settings,
                                           first_step, tell);
}

void publish(const HeldRun& run, const Study& study, const FitTask& fit, const models::FoldFitResult& result,
             const models::SearchOutcome* search) {
  const config::Experiment& experiment = study.experiment;
  require_own_run(run, fit_task_name(fit, experiment));
  const Trace::Span span(run.trace, "io", "publish " + fit.directory(experiment).generic_string());
  try {
    publish_fit(run.directory.folds() / fit.directory(experiment), fit, experiment.models[fit.model],
                study.tracks, result, search);
  } catch (const std::filesystem::filesystem_error& error) {
    throw Error("its files cannot be written: " + error.code().message(), "",
                "look at the run's folds directory");
  } catch (const Error& error) {
    throw Error("its files cannot be written: " + error.problem(), "", error.advice());
  }
}

}  // namespace musicmem::launcher
