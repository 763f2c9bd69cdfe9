// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/checks/dry_run.h"

#include "config/io_error.h"
#include "launcher/stages/fit_files.h"
#include "launcher/stages/replaced_fits.h"
#include "launcher/stages/search.h"
#include "launcher/stages/stage.h"
#include "launcher/study/feature_tables.h"
#include "launcher/study/plan.h"
#include "launcher/study/study.h"
#include "launcher/text/time_text.h"

#include <algorithm>
#include <cstdio>
#include <functional>
#include <queue>

#include <fmt/format.h>

namespace musicmem::launcher {
namespace {

struct DryTraining {
  std::vector<PlannedTask> tasks;
  ReplacedFits replaced;
};

DryTraining dry_train(const Study& study, StudyInputs& inputs, const RunDirectory& run,
                      const std::optional<int>& only_fold) {
  std::vector<FitTask> fits = list_fits(study.experiment, study.tracks.size(), count_folds(study));
  DryTraining training;
  training.replaced = fits_to_be_replaced(run, study);
  std::vector<PreparedFeatures> prepared = prepared_features(inputs);
  std::vector<std::string> unprepared = unprepared_tracks(study, inputs, run.read_failures());
  try {
    if (unprepared.empty()) open_tables(prepared, inputs.known);
  } catch (const IoError&) {
    throw;
  } catch (const Error&) {  // all shards are there, but they are not compacted
    unprepared = study.tracks;
  }
  if (unprepared.empty()) {
    fits = plan_fits(study, load_feature_tables(study, prepared));
    training.replaced = fits_to_be_replaced(run, study, prepared, fits);
  } else {
    std::printf("# features are not prepared yet: fits are listed by their settings\n");
  }
  if (only_fold) std::erase_if(fits, [&](const FitTask& fit) { return fit.fold != *only_fold; });
  std::vector<std::size_t> searching;
  for (std::size_t i = 0; i < fits.size(); ++i) {
    const FitTask& fit = fits[i];
    if (!study.experiment.models[fit.model].search.any()) continue;
    if (check_fit(run.folds() / fit.directory(study.experiment), fit.hash) != FitState::good)
      searching.push_back(i);
  }
  for (const SearchTask& task : plan_search(fits, searching, study.experiment)) {
    const FitTask& fit = fits[task.fit];
    training.tasks.push_back({search_task_name(task, fit, study.experiment),
                              read_scores(run, task, fit, study.experiment).has_value(), task.expected_cost});
  }
  for (const FitTask& fit : fits) {
    const FitState state = check_fit(run.folds() / fit.directory(study.experiment), fit.hash);
    training.tasks.push_back(
        {fit_task_name(fit, study.experiment), state == FitState::good, fit.expected_cost});
  }
  return training;
}

struct Totals {
  std::size_t tasks = 0;
  std::size_t on_disk = 0;
  double seconds = 0.0;
};

void print_tasks(const std::vector<PlannedTask>& tasks, std::size_t ranks, Totals& totals) {
  std::vector<double> left;
  for (const PlannedTask& task : tasks) {
    constexpr double shortest = 0.1;
    const std::string time = task.expected_seconds < shortest
                                 ? fmt::format("under {:g} s", shortest)
                                 : fmt::format("about {:.1f} s", task.expected_seconds);
    std::printf("%s, %s%s\n", task.name.c_str(), time.c_str(), task.on_disk ? " (on disk)" : "");
    if (!task.on_disk) left.push_back(task.expected_seconds);
  }
  totals.tasks += tasks.size();
  totals.on_disk += tasks.size() - left.size();
  totals.seconds += seconds_on_ranks(std::move(left), ranks);
}

}  // namespace

double seconds_on_ranks(std::vector<double> costs, std::size_t ranks) {
  std::sort(costs.begin(), costs.end(), std::greater<>());
  std::priority_queue<double, std::vector<double>, std::greater<>> free_at;
  for (std::size_t rank = 0; rank < ranks; ++rank) free_at.push(0.0);
  double end = 0.0;
  for (const double cost : costs) {
    const double done = free_at.top() + cost;
    free_at.pop();
    free_at.push(done);
    end = std::max(end, done);
  }
  return end;
}

void print_dry_run(const Study& study, const RunDirectory& run, const RankMap& map, const DryRun& start) {
  const std::size_t ranks = map.roles.size();
  std::printf("# ranks: %s", map.table().c_str());
  std::printf("# tasks of %s, run directory %s\n", study.experiment.name.c_str(), run.path().c_str());
  Totals totals;
  const bool has_clips = is_from_audio(study.experiment);
  StudyInputs inputs = has_clips ? look_at_inputs(study) : StudyInputs();
  if (start.prepares && has_clips) print_tasks(dry_prepare(study, inputs), ranks, totals);
  ReplacedFits replaced;
  if (start.trains) {
    DryTraining training = dry_train(study, inputs, run, start.only_fold);
    print_tasks(training.tasks, ranks, totals);
    replaced = std::move(training.replaced);
  }
  std::printf("# %zu tasks: %zu on disk, %zu left, about %s on %zu %s\n", totals.tasks, totals.on_disk,
              totals.tasks - totals.on_disk, duration_text(totals.seconds).c_str(), ranks,
              ranks == 1 ? "rank" : "ranks");
  if (replaced.healed > 0) std::printf("# %s\n", replaced.healed_text().c_str());
  if (!replaced.any()) return;
  std::printf(
      "# this start %s%s\n", replaced.text().c_str(),
      start.may_replace ? "" : "; it would stop, unless --run-dir names another run or --replace is given");
}

}  // namespace musicmem::launcher
