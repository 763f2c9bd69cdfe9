// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/error.h"
#include "distributed/task_farm.h"
#include "launcher/commands.h"
#include "launcher/explanation_report.h"
#include "launcher/feature_tables.h"
#include "launcher/interrupt.h"
#include "launcher/markup.h"
#include "launcher/together.h"
#include "models/regressor.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <memory>

#include <CLI/CLI.hpp>
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
  bool quiet = false;
};

// What is explained: the model's settings and its fits, in the plan's order.
struct Subject {
  config::ModelSpec model;
  ModelExplanation explanation;
};

const config::ModelSpec& find_model(const Study& study, const std::string& label) {
  std::string known;
  for (const config::ModelSpec& model : study.experiment.models) {
    if (model.label == label) return model;
    known += (known.empty() ? "" : ", ") + model.label;
  }
  throw Error("the run has no model '" + label + "'", "explain", "its models are: " + known);
}

Subject find_subject(const Study& study, const RunPlan& plan, const ExplainOptions& options) {
  Subject subject{find_model(study, options.model), {}};
  if (!models::traits_of(subject.model.name).uses_features) {
    throw Error("model '" + options.model + "' does not look at features", options.run, "explain svr or mlp");
  }
  ModelExplanation& explanation = subject.explanation;
  explanation.model = options.model;
  explanation.variant = options.variant.empty() ? to_string(subject.model.variants.front()) : options.variant;
  for (const PlannedFit& fit : plan.fits) {
    if (fit.model == explanation.model && fit.variant == explanation.variant) explanation.fits.push_back(fit);
  }
  if (explanation.fits.empty()) {
    throw Error("model '" + options.model + "' has no variant '" + explanation.variant + "' in this run",
                options.run);
  }
  for (const PlannedFit& fit : explanation.fits) {
    if (!fs::exists(RunDirectory(options.run).folds() / fit.directory / "weights.h5")) {
      throw Error("the fit " + fit.directory + " has no weights to explain", options.run,
                  "run `musicmem train` on the experiment first");
    }
  }
  return subject;
}

fs::path part_file(const fs::path& directory, const PlannedFit& fit) {
  return directory / "parts" / ("seed-" + fit.seed + "-fold-" + std::to_string(fit.fold) + ".json");
}

// The fits whose explanation is not on disk, by place, and the hashes of what is to be made.
struct Work {
  std::vector<std::size_t> fits;
  std::vector<std::string> hashes;
};

Work work_to_do(const RunDirectory& run, const Subject& subject, const ExplainSettings& settings,
                const fs::path& directory) {
  Work work;
  for (std::size_t f = 0; f < subject.explanation.fits.size(); ++f) {
    const PlannedFit& fit = subject.explanation.fits[f];
    std::string hash = explanation_hash(run, fit, settings);
    ExplainedFit known;
    if (read_explained_fit(part_file(directory, fit), hash, known)) continue;
    work.fits.push_back(f);
    work.hashes.push_back(std::move(hash));
  }
  return work;
}

void print_effects(const ModelExplanation& explanation, const std::vector<FeatureEffect>& effects,
                   const fs::path& directory) {
  constexpr std::size_t most_lines = 12;
  std::printf("%s %s\n%-16s  %12s  %-28s  %s\n", explanation.model.c_str(), explanation.variant.c_str(),
              "feature", "mean |SHAP|", "effect of one deviation", "permutation importance");
  for (std::size_t i = 0; i < std::min(effects.size(), most_lines); ++i) {
    const FeatureEffect& effect = effects[i];
    const std::string slope = rounded(effect.signed_effect, 4) + " [" + rounded(effect.interval.low, 4) +
                              ", " + rounded(effect.interval.high, 4) + "]";
    std::printf("%-16s  %12.4f  %-28s  %.5f\n", effect.feature.c_str(), effect.mean_absolute, slope.c_str(),
                effect.permutation_importance);
  }
  std::printf("\nexplanation: %s\n", directory.c_str());
}

// Spreads the work over the ranks. Throws the first failure; true where it was interrupted.
bool explain_missing(distributed::Communicator& ranks, const Work& work, bool quiet,
                     const std::function<void(std::size_t)>& compute) {
  distributed::FarmOptions farm;
  farm.stop_requested = interrupt_requested;
  if (ranks.rank() == 0 && !quiet && ::isatty(STDERR_FILENO) != 0) {
    farm.on_progress = [](const distributed::FarmProgress& now) {
      std::fprintf(stderr, "\rexplain: %zu of %zu fits", now.done, now.total);
    };
  }
  const distributed::FarmResult result =
      distributed::run_farm(ranks, std::vector<double>(work.fits.size(), 1.0), compute, farm);
  if (farm.on_progress) std::fprintf(stderr, "\n");
  together(ranks, "explaining", [&] {
    for (const distributed::TaskOutcome& outcome : result.outcomes) {
      if (!outcome.succeeded) throw Error(outcome.message);
    }
  });
  return result.interrupted;
}

// The features of the run's clips, read by every rank.
data::SegmentTable read_table(distributed::Communicator& ranks, const Study& study, const RunDirectory& run,
                              config::FeatureSet set) {
  data::SegmentTable table;
  together(ranks, "reading the features", [&] {
    std::vector<std::string> unprepared;
    std::vector<PreparedFeatures> prepared;
    if (!study.experiment.data.from_table()) {
      prepared = find_prepared(study, run.read_failures(), unprepared);
    }
    if (!unprepared.empty()) {
      throw Error(std::to_string(unprepared.size()) + " clip(s) are not prepared, such as " + unprepared[0],
                  run.path().string(), "run `musicmem prepare` on the experiment first");
    }
    table = load_feature_tables(study, prepared).at(set);
  });
  return table;
}

int explain(distributed::World& world, const ExplainOptions& given) {
  distributed::Communicator& ranks = world.communicator();
  ranks.set_deadline(longest_step);
  watch_for_interrupts();
  ExplainOptions options = given;
  Study study;
  RunPlan plan;
  Subject subject;
  together(ranks, "reading the run", [&] {
    const RunDirectory opened = open_run(options.run);
    options.run = opened.path().string();
    study = load_study(config::load_experiment(opened.experiment()));
    plan = read_run_plan(opened);
    subject = find_subject(study, plan, options);
  });
  const RunDirectory run{fs::path(options.run)};
  const data::SegmentTable table = read_table(ranks, study, run, subject.model.features);

  const fs::path directory = run.explain() / options.model;
  Work work;
  together(ranks, "looking for explained fits",
           [&] { work = work_to_do(run, subject, options.settings, directory); });
  const bool interrupted = explain_missing(ranks, work, options.quiet, [&](std::size_t task) {
    const PlannedFit& fit = subject.explanation.fits[work.fits[task]];
    write_explained_fit(part_file(directory, fit), work.hashes[task],
                        explain_fit(run, fit, plan, table, options.settings));
  });
  if (interrupted) return world.rank() == 0 ? exit_code::interrupted : exit_code::done;
  return on_rank_zero(world, [&] {
    for (const PlannedFit& fit : subject.explanation.fits) {
      ExplainedFit explained;
      const std::string hash = explanation_hash(run, fit, options.settings);
      if (!read_explained_fit(part_file(directory, fit), hash, explained)) {
        throw Error("the explanation of a fit is missing", fit.directory, "run the same command again");
      }
      subject.explanation.explained.push_back(std::move(explained));
    }
    print_effects(subject.explanation, write_explanation(subject.explanation, table, directory), directory);
    return exit_code::done;
  });
}

}  // namespace

void add_explain_command(CLI::App& app, Action& action) {
  auto options = std::make_shared<ExplainOptions>();
  CLI::App* command =
      app.add_subcommand("explain", "SHAP values of the features a model decides by, with plots");
  command->add_option("run", options->run, "run directory")->required()->type_name("RUN");
  command->add_option("--model", options->model, "model of the run that looks at features: svr or mlp")
      ->required();
  command->add_option("--variant", options->variant, "variant of the model (default: its first)");
  command
      ->add_option("--samples", options->settings.samples,
                   "coalitions of kernel SHAP (default: 2 x features + 2048)")
      ->check(CLI::Range(std::size_t{16}, std::size_t{10000000}));
  command
      ->add_option("--background", options->settings.centers,
                   "k-means centers of the training folds (default: 10)")
      ->check(CLI::Range(std::size_t{1}, std::size_t{100000}));
  command->add_flag("--quiet", options->quiet, "no progress on the terminal");
  command->footer(
      "Writes RUN/explain/MODEL/shap.csv, effects.csv and figures; the next report shows them. Fits are "
      "spread over "
      "the ranks.\nExamples:\n  musicmem explain runs/demo --model svr\n  mpirun -np 4 musicmem explain "
      "runs/demo "
      "--model mlp --variant lds");
  command->callback([&action, options] {
    action = [options](distributed::World& world) { return explain(world, *options); };
  });
}

}  // namespace musicmem::launcher
