// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/counted.h"
#include "config/error.h"
#include "data/files/durable_file.h"
#include "distributed/wire.h"
#include "launcher/stages/farm_out.h"
#include "launcher/stages/fit_files.h"
#include "launcher/stages/fit_runner.h"
#include "launcher/stages/replaced_fits.h"
#include "launcher/stages/search.h"
#include "launcher/stages/stage.h"
#include "launcher/study/feature_tables.h"
#include "launcher/study/findings.h"
#include "launcher/study/run_plan.h"
#include "launcher/study/study.h"
#include "models/protocol/fold_parts.h"
#include "models/tables/principal_components.h"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <map>
#include <set>

#include <nlohmann/json.hpp>

namespace musicmem::launcher {
namespace {

namespace fs = std::filesystem;

bool is_current(const RunDirectory& run, const FitTask& fit, const config::Experiment& experiment) {
  return check_fit(run.folds() / fit.directory(experiment), fit.hash) == FitState::good;
}

// On rank 0.
void tell_of_equal_clips(RunLog& log, const Study& study, const std::vector<PreparedFeatures>& prepared) {
  const std::vector<std::string> audio = audio_checksums(study, prepared);
  if (const auto found = find_equal_clips(study.tracks, audio)) log.warn(found->text());
}

// "6 fits of mlp lds, svr vanilla". `fits`: by their directories.
std::string moved_text(const std::vector<fs::path>& fits) {
  std::set<std::string> groups;
  for (const fs::path& fit : fits)
    groups.insert(fit.begin()->string() + " " + std::next(fit.begin())->string());
  std::string names;
  for (const std::string& group : groups) names += (names.empty() ? "" : ", ") + group;
  return counted(fits.size(), "fit") + " of " + names;
}

// Indices of the fits to compute: looked up by rank 0, which also writes the plan and the manifest that the
// report reads.
std::vector<std::size_t> fits_to_do(const Start& start, const Study& study, const std::vector<FitTask>& fits,
                                    const std::vector<PreparedFeatures>& prepared,
                                    const TrainOptions& options) {
  return from_rank_zero(start.team.ranks, "looking for finished fits", [&] {
    const config::Experiment& experiment = study.experiment;
    const RunDirectory& run = start.run.directory;
    const ReplacedFits replaced = fits_to_be_replaced(run, study, prepared, fits);
    if (!options.may_replace) refuse_to_replace(replaced, run);
    run.describe(experiment, study.tracks);
    std::vector<std::string> names;
    for (const FitTask& fit : fits) names.push_back(fit_task_name(fit, experiment));
    run.keep_failures_of(names, "fit");
    data::require_writable_directory(run.folds());
    const std::string hash = data_hash(study, prepared);
    write_run_plan(run, study, hash, fits, prepared);
    if (!options.has_prepared) tell_of_equal_clips(start.run.log, study, prepared);
    if (replaced.healed > 0) start.run.log.tell(replaced.healed_text());
    const std::vector<fs::path> moved =
        set_stale_fits_aside(run, experiment, fits, options.may_replace || replaced.healed > 0);
    if (!moved.empty()) start.run.log.tell(moved_text(moved) + " moved to " + stale_fits(run).string());
    std::vector<std::size_t> left;
    for (std::size_t i = 0; i < fits.size(); ++i) {
      if (is_current(run, fits[i], experiment)) {
        run.record_success(names[i]);
      } else {
        left.push_back(i);
      }
    }
    run.describe_inputs(hash, /*trains=*/!left.empty());
    return left;
  });
}

// On rank 0. The report would set fits of one precision beside those of another.
void warn_of_other_arithmetic(const HeldRun& run, const config::Experiment& experiment,
                              const std::vector<FitTask>& fits, const std::vector<std::size_t>& to_do,
                              const std::string& now) {
  std::map<std::pair<std::string, std::string>, std::size_t> others;  // by model and arithmetic
  for (std::size_t i = 0; i < fits.size(); ++i) {
    if (!takes_group(experiment, fits[i]) || std::binary_search(to_do.begin(), to_do.end(), i)) continue;
    const std::string known =
        read_fit_record(run.directory.folds() / fits[i].directory(experiment)).arithmetic;
    if (!known.empty() && known != now) ++others[{experiment.models[fits[i].model].name, known}];
  }
  for (const auto& [other, count] : others) {
    run.log.warn(counted(count, "fit") + " of " + other.first + " on disk computed in " + other.second +
                 ", this start computes in " + now + "; --fresh computes them all again");
  }
}

// The largest number of components that the model or a candidate of its search takes; 0 for none.
int most_components(const config::ModelSpec& model) {
  int most = model.pca.number;
  for (const config::SearchedSetting& setting : model.search.settings) {
    if (setting.key != "pca") continue;
    for (const std::string& value : setting.values)
      most = std::max(most, config::ComponentChoice::parse(value).number);
    if (setting.is_range()) most = std::max(most, static_cast<int>(setting.high));
  }
  return most;
}

// The first of a search, which learns from fewest rows; of other models none.
std::optional<models::InnerFold> inner_fold_of(const config::ModelSpec& model) {
  return model.search.any() ? std::optional(models::InnerFold{0, model.search.inner_folds}) : std::nullopt;
}

// Throws Error where a model asks for more principal components than some fit of it can have; all would fail alike.
void require_components(const Study& study, const FeatureTables& tables) {
  const config::CrossValidation& cv = study.experiment.cross_validation;
  for (const config::ModelSpec& model : study.experiment.models) {
    const int most = most_components(model);
    if (most == 0) continue;
    const data::SegmentTable& table = tables.at(to_string(model.features));
    std::size_t fewest = table.values.rows();
    // A model's first variant is fitted to shares of the training tracks too.
    std::vector<double> shares = study.experiment.report.learning_curve.parts();
    shares.push_back(1.0);
    for (const config::Variant variant : model.variants) {
      for (int fold = 0; fold < count_folds(study) * cv.repeats; ++fold) {
        const models::FoldFitRequest request{
            .table = table,
            .model = model,
            .cross_validation = cv,
            .variant = variant,
            .study_seed = cv.seeds.front(),
            .fold = fold % count_folds(study),
            .repeat = fold / count_folds(study),
            .share = variant == model.variants.front() ? shares.front() : 1.0,
            .inner = inner_fold_of(model)};
        fewest = std::min(fewest, models::training_rows(request));
      }
    }
    models::require_enough({.number = static_cast<std::size_t>(most)}, fewest, table.columns.size());
  }
}

// The searches of fits that are to be made, as far as their scores are not on disk yet.
struct Searches {
  std::vector<SearchTask> tasks;  // of all of them
  std::vector<std::size_t> left;  // indices of tasks that are to be run
};

Searches plan_searches(const Start& start, const Study& study, const std::vector<FitTask>& fits,
                       const std::vector<std::size_t>& to_do) {
  const config::Experiment& experiment = study.experiment;
  std::vector<std::size_t> searching;
  for (const std::size_t index : to_do) {
    if (experiment.models[fits[index].model].search.any()) searching.push_back(index);
  }
  Searches searches{plan_search(fits, searching, experiment), {}};
  searches.left = from_rank_zero(start.team.ranks, "looking for scores of searches", [&] {
    std::vector<std::string> names;
    std::vector<std::size_t> left;
    for (std::size_t i = 0; i < searches.tasks.size(); ++i) {
      const SearchTask& task = searches.tasks[i];
      names.push_back(search_task_name(task, fits[task.fit], experiment));
      if (read_scores(start.run.directory, task, fits[task.fit], experiment)) {
        start.run.directory.record_success(names.back());
      } else {
        left.push_back(i);
      }
    }
    start.run.directory.keep_failures_of(names, "search");
    return left;
  });
  return searches;
}

// A task more for the farm, once those of `after` have succeeded.
void add_work(FarmWork& work, const std::string& name, const std::string& hash, double cost, bool for_group,
              std::vector<std::size_t> after = {}) {
  work.names.push_back(name);
  work.hashes.push_back(hash);
  work.costs.push_back(cost);
  work.for_group.push_back(for_group);
  work.after.push_back(std::move(after));
}

// Scores what the searches need and makes the fits, those of a search as soon as it has all its scores: one farm, so that
// no rank waits for the last score of all.
StageResult make_fits(const Start& start, const Study& study, const std::vector<FitTask>& fits,
                      const std::vector<std::size_t>& to_do, std::size_t on_disk, FitRunner& runner) {
  const config::Experiment& experiment = study.experiment;
  const Searches searches = plan_searches(start, study, fits, to_do);
  FarmWork work;
  work.stage = "train";
  work.on_disk = on_disk + (searches.tasks.size() - searches.left.size());
  std::map<std::size_t, std::vector<std::size_t>> scored_by;  // by fit: its tasks in the farm
  for (const std::size_t index : searches.left) {
    const SearchTask& task = searches.tasks[index];
    const FitTask& fit = fits[task.fit];
    scored_by[task.fit].push_back(work.names.size());
    add_work(work, search_task_name(task, fit, experiment), task.hash, task.expected_cost,
             takes_group(experiment, fit));
  }
  for (const std::size_t index : to_do) {
    const FitTask& fit = fits[index];
    add_work(work, fit_task_name(fit, experiment), fit.hash, fit.expected_cost, takes_group(experiment, fit),
             std::move(scored_by[index]));
  }
  StageResult result = farm_out(start, work, experiment.runtime.keep_going, [&](std::size_t number) {
    if (number < searches.left.size()) {
      const SearchTask& task = searches.tasks[searches.left[number]];
      return runner.score(task, fits[task.fit]);
    }
    const std::size_t index = to_do[number - searches.left.size()];
    const FitTask& fit = fits[index];
    if (!experiment.models[fit.model].search.any()) return runner.compute(fit);
    const models::SearchOutcome outcome =
        read_search(start.run.directory, searches.tasks, index, fit, experiment);
    runner.compute(fit, &outcome);
  });
  result.on_disk = on_disk;
  return result;
}

}  // namespace

StageResult train_stage(const Start& start, const Study& study, const std::vector<PreparedFeatures>& prepared,
                        const TrainOptions& options) {
  FeatureTables tables;
  together(start.team.ranks, "reading the features", [&] {
    const Trace::Span span(start.run.trace, "io", "read the features");
    tables = load_feature_tables(study, prepared);
    require_components(study, tables);
  });
  const std::vector<FitTask> fits = plan_fits(study, tables);
  std::vector<std::size_t> to_do = fits_to_do(start, study, fits, prepared, options);
  const std::size_t on_disk = fits.size() - to_do.size();
  if (options.only_fold)
    std::erase_if(to_do, [&](std::size_t index) { return fits[index].fold != *options.only_fold; });

  FitRunner runner(start, study, tables, options.memory_bytes);
  if (std::ranges::any_of(to_do,
                          [&](std::size_t index) { return takes_group(study.experiment, fits[index]); })) {
    runner.form_groups(prepared);
    if (start.team.leads())
      warn_of_other_arithmetic(start.run, study.experiment, fits, to_do, runner.arithmetic());
  }

  const StageResult result = make_fits(start, study, fits, to_do, on_disk, runner);
  // A fit that failed, as on a full disk, goes on from its checkpoint once the cause is gone.
  if (start.team.leads() && !result.interrupted && result.failed == 0 && !options.only_fold) {
    start.run.claim.require_held();
    fs::remove_all(start.run.directory.checkpoints());
  }
  return result;
}

}  // namespace musicmem::launcher
