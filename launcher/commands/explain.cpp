// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/counted.h"
#include "config/error.h"
#include "config/model_traits.h"
#include "config/unicode.h"
#include "data/files/durable_file.h"
#include "distributed/farm/task_farm.h"
#include "distributed/wire.h"
#include "launcher/commands/commands.h"
#include "launcher/explain/feature_explainer.h"
#include "launcher/explain/sound_explainer.h"
#include "launcher/results/chosen_variant.h"
#include "launcher/results/model_warnings.h"
#include "launcher/run/interrupt.h"
#include "launcher/run/timings.h"
#include "launcher/stages/fit_files.h"
#include "launcher/study/feature_tables.h"
#include "launcher/study/spectrograms.h"
#include "launcher/study/study.h"
#include "launcher/text/markup.h"
#include "models/coalitions/coalitions.h"
#include "models/kinds/model_kinds.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <functional>
#include <memory>
#include <optional>
#include <ranges>

#include <CLI/CLI.hpp>
#include <fmt/ranges.h>
#include <unistd.h>

namespace musicmem::launcher {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::hours longest_step{24};

struct ExplainOptions {
  std::string run;
  std::string model;
  std::string variant;
  ExplainSettings settings;
  AttributionSettings spectrogram_settings;
  bool by_blocks = false;
  bool quiet = false;
};

// The model to explain, in one of its variants.
struct Subject {
  config::ModelSpec model;
  ExplainedModel of;
  std::vector<PlannedFit> fits;  // in the plan's order
  std::string choice;            // how the variant was chosen, where it was
};

const config::ModelSpec& find_model(const Study& study, const std::string& label) {
  const std::vector<config::ModelSpec>& models = study.experiment.models;
  const auto found = std::ranges::find_if(
      models, [&](const config::ModelSpec& model) { return nfc(model.label) == nfc(label); });
  if (found != models.end()) return *found;
  throw Error("the run has no model '" + label + "'", "explain",
              fmt::format("its models are: {}",
                          fmt::join(models | std::views::transform(&config::ModelSpec::label), ", ")));
}

// The variant that stands for its model is explained in the model's own folder, whichever it is.
Subject find_subject(const RunDirectory& run, const Study& study, const RunPlan& plan,
                     const ExplainOptions& options) {
  Subject subject{find_model(study, options.model), {}, {}, {}};
  if (!config::traits_of(subject.model.name).uses_features) {
    throw Error("model '" + options.model + "' uses neither features nor sound", options.run,
                "explain ridge, svr, mlp or ssast");
  }
  std::string choice;
  const std::string chosen = choose_variant(run, plan, subject.model.label, choice);
  ExplainedModel& of = subject.of;
  of.model = subject.model.label;
  of.variant = options.variant.empty() ? chosen : options.variant;
  of.target = plan.target.column;
  of.name = of.variant == chosen ? of.model : of.model + "+" + of.variant;
  if (options.variant.empty()) subject.choice = choice;
  for (const PlannedFit& fit : plan.fits) {
    if (fit.model == of.model && fit.variant == of.variant) subject.fits.push_back(fit);
  }
  if (subject.fits.empty()) {
    throw Error("model '" + of.model + "' has no variant '" + of.variant + "' in this run", options.run);
  }
  return subject;
}

std::string what_is_wrong(FitState state) {
  switch (state) {
    case FitState::missing:
      return "is not there yet";
    case FitState::stale:
      return "was made of other data or settings than the run's";
    case FitState::damaged:
      return "is damaged or has no weights";
    case FitState::good:
      break;
  }
  return "";
}

// What is explained is what the plan says, or it would not be an explanation of the report's numbers.
void require_good_fits(const RunDirectory& run, const std::vector<PlannedFit>& fits) {
  for (const PlannedFit& fit : fits) {
    const FitState state = check_fit(run.folds() / fit.directory, fit.hash);
    if (state == FitState::good) continue;
    throw Error("the fit " + fit.directory + " " + what_is_wrong(state), run.path().string(),
                "run `musicmem train` on the experiment first");
  }
}

// Many features are explained by blocks, unless a linear model has them by names that say something.
Players players_of(const config::ModelSpec& model, const std::vector<std::string>& columns, bool by_blocks) {
  const models::ModelKind& kind = models::kind_of(model.name);
  const bool is_linear = kind.is_linear != nullptr && kind.is_linear(model);
  const bool have_names = std::ranges::all_of(
      model.features.sets, [](const std::string& set) { return config::built_in_set(set).has_value(); });
  const bool are_many = columns.size() > models::most_explained_features && !(is_linear && have_names);
  return by_blocks || are_many ? features::feature_blocks(model.features, columns)
                               : features::single_columns(columns);
}

// Of a linear model the values are exact, without samples.
void require_enough_samples(const config::ModelSpec& model, std::size_t features, std::size_t samples) {
  const models::ModelKind& kind = models::kind_of(model.name);
  const bool is_linear = kind.is_linear != nullptr && kind.is_linear(model);
  if (samples == 0 || is_linear || samples >= models::fewest_samples(features)) return;
  throw usage_error(
      "--samples " + std::to_string(samples) + " are too few for " + std::to_string(features) + " features",
      "explain",
      "take at least " + std::to_string(models::fewest_samples(features)) + ", better the usual " +
          std::to_string(models::usual_samples(features)));
}

// Spreads the work over the ranks and records what it took. Throws the first failure; true where it was
// interrupted. `names`: of the tasks.
bool spread_over_ranks(distributed::Communicator& ranks, const RunDirectory& run,
                       const std::vector<std::string>& names, bool quiet,
                       const std::function<void(std::size_t)>& compute) {
  const auto start = std::chrono::steady_clock::now();
  distributed::FarmOptions farm;
  farm.stop_requested = interrupt_requested;
  if (ranks.rank() == 0 && !quiet && ::isatty(STDERR_FILENO) != 0) {
    farm.on_progress = [](const distributed::FarmProgress& now) {
      std::fprintf(stderr, "\rexplain: %zu of %zu", now.done, now.total);
    };
  }
  const distributed::FarmResult result =
      distributed::run_farm(ranks, std::vector<double>(names.size(), 1.0), compute, farm);
  if (farm.on_progress) std::fprintf(stderr, "\n");
  if (ranks.rank() == 0) {
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    record_command(run, "explain", ranks.size(), seconds, names, result.outcomes);
  }
  together(ranks, "explaining", [&] {
    for (const distributed::TaskOutcome& outcome : result.outcomes) {
      if (!outcome.succeeded) throw Error(outcome.message);
    }
  });
  return result.interrupted;
}

// What both kinds of explanation begin with, the same on every rank.
struct OpenedRun {
  explicit OpenedRun(const ExplainOptions& options)
      : run(open_run(options.run)),
        plan(read_run_plan(run)),
        study(load_study(config::load_experiment(run.planned_experiment()))),
        subject(find_subject(run, study, plan, options)) {
    look_at_sets(study);
  }

  RunDirectory run;
  RunPlan plan;
  Study study;
  Subject subject;
};

// The prepared features of the run's clips, none of a table; those that the fits were made of.
std::vector<PreparedFeatures> require_prepared(const OpenedRun& opened) {
  StudyInputs inputs;
  if (is_from_audio(opened.study.experiment)) {
    inputs = look_at_inputs(opened.study);
    const auto unprepared = unprepared_tracks(opened.study, inputs, opened.run.read_failures());
    if (!unprepared.empty()) {
      throw Error(counted(unprepared.size(), "clip") + " not prepared, such as " + unprepared[0],
                  opened.run.path().string(), "run `musicmem prepare` on the experiment first");
    }
  }
  std::vector<PreparedFeatures> prepared = prepared_features(inputs);
  if (data_hash(opened.study, prepared) != opened.plan.data_hash) {
    throw Error("its clips, labels or features have changed since its fits were made",
                opened.run.path().string(), "run `musicmem train` on the experiment first");
  }
  open_tables(prepared, inputs.known);
  return prepared;
}

data::SegmentTable read_table(const OpenedRun& opened, const config::FeatureChoice& features) {
  return load_feature_tables(opened.study, require_prepared(opened)).at(to_string(features));
}

models::SpectrogramTable read_spectrograms(const OpenedRun& opened) {
  return load_spectrograms(opened.study, fbank_of(require_prepared(opened)), config::SsastInput::clip);
}

std::unique_ptr<Explainer> make_explainer(const OpenedRun& opened, const ExplainOptions& options) {
  const config::ModelSpec& model = opened.subject.model;
  ExplainSubject subject{opened.run, opened.plan, opened.subject.of, opened.subject.fits};
  if (config::traits_of(model.name).takes_spectrograms) {
    return std::make_unique<SoundExplainer>(std::move(subject), read_spectrograms(opened),
                                            options.spectrogram_settings);
  }
  data::SegmentTable table = read_table(opened, model.features);
  const std::string& variant = opened.subject.of.variant;
  if (variant.starts_with("without-") || variant.starts_with("only-"))
    table = ablated_table(table, model.features, variant);
  Players players = players_of(model, table.columns, options.by_blocks);
  require_enough_samples(model, players.size(), options.settings.samples);
  Players blocks = features::feature_blocks(model.features, table.columns);
  return std::make_unique<FeatureExplainer>(std::move(subject), std::move(table), std::move(players),
                                            std::move(blocks), options.settings);
}

int explain(distributed::World& world, const ExplainOptions& options) {
  world.communicator().set_deadline(longest_step);
  watch_for_interrupts();
  std::optional<OpenedRun> opened;
  together(world.communicator(), "reading the run", [&] { opened.emplace(options); });
  together(world.communicator(), "checking the fits", [&] {
    if (world.rank() != 0) return;
    const std::string& choice = opened->subject.choice;
    if (!choice.empty()) std::fprintf(stderr, "musicmem: note: %s\n", choice.c_str());
    const ExplainedModel& of = opened->subject.of;
    warn_of_model(opened->study.experiment, of.model, of.variant);
    require_good_fits(opened->run, opened->subject.fits);
    data::require_writable_directory(opened->run.explain());
  });
  distributed::Communicator& ranks = world.communicator();
  std::unique_ptr<Explainer> explainer;
  together(ranks, "reading the features", [&] { explainer = make_explainer(*opened, options); });
  const std::vector<std::size_t> left =
      from_rank_zero(ranks, "looking for explained fits", [&] { return explainer->tasks_left(); });
  std::vector<std::string> names;
  for (const std::size_t task : left) names.push_back(explainer->name_of(task));
  const bool interrupted = spread_over_ranks(ranks, opened->run, names, options.quiet,
                                             [&](std::size_t task) { explainer->compute(left[task]); });
  if (interrupted) return world.rank() == 0 ? exit_code::interrupted : exit_code::done;
  return on_rank_zero(world, [&] {
    const ExplanationSummary summary = explainer->write();
    std::printf("%s\nexplanation: %s\n", summary.table.c_str(),
                (opened->run.explain() / opened->subject.of.name).c_str());
    if (!summary.warning.empty()) {
      std::fprintf(stderr, "musicmem: warning: %s\n", summary.warning.c_str());
    }
    return exit_code::done;
  });
}

}  // namespace

void add_explain_command(CLI::App& app, Action& action) {
  auto options = std::make_shared<ExplainOptions>();
  CLI::App* command = app.add_subcommand(
      "explain", "Show which features, or parts of the sound, drive the predictions of a model");
  command->add_option("run", options->run, "run directory")->required()->type_name("RUN");
  command->add_option("--model", options->model, "model of the run: ridge, svr, mlp or ssast")->required();
  command->add_option("--variant", options->variant,
                      "variant of the model (default: its best by validation, else its first)");
  command
      ->add_option("--samples", options->settings.samples,
                   "coalitions of kernel SHAP (default: 2 x features + 2048)")
      ->check(CLI::Range(std::size_t{1}, std::size_t{10000000}));
  command
      ->add_option("--background", options->settings.centers,
                   "k-means centers of the training folds (default: 10)")
      ->check(CLI::Range(std::size_t{1}, std::size_t{100000}));
  command
      ->add_option("--clips", options->spectrogram_settings.clips,
                   "ssast: clips with the highest predictions, and as many with the lowest (default: 3)")
      ->check(CLI::Range(std::size_t{1}, std::size_t{100}));
  command
      ->add_option("--points", options->spectrogram_settings.points,
                   "ssast: points of the integral (default: 32)")
      ->check(CLI::Range(1, 10000));
  command->add_flag(
      "--blocks", options->by_blocks,
      "share predictions among blocks of features (harmony, tempo ...; a set, its layers); so are more than "
      "64 features, unless the model is linear and they have names");
  command->add_flag("--quiet", options->quiet, "no progress on the terminal");
  command->footer(
      "ridge, svr and mlp: kernel SHAP of every segment of every test fold, in RUN/explain/MODEL/shap.csv,\n"
      "effects.csv and figures (RUN/explain/MODEL+VARIANT for another variant than the default). ssast:\n"
      "integrated gradients on the log-mel of the clips with the highest and lowest predictions, in\n"
      "clips.csv, bands.csv, attributions.h5 and figures. The next report shows the figures. Tasks are\n"
      "spread over the ranks. Features describe a second each: what happens over a longer time, such as a\n"
      "hook that returns, they cannot show.\n"
      "Examples:\n"
      "  musicmem explain runs/demo --model svr\n"
      "  mpirun -np 4 musicmem explain runs/demo --model mlp --variant lds\n"
      "  musicmem explain runs/demo --model ssast --clips 5");
  command->callback([&action, options] {
    action.computes = true;
    action.draws = true;
    action.run = [options](distributed::World& world) { return explain(world, *options); };
  });
}

}  // namespace musicmem::launcher
