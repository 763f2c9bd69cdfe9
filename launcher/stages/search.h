// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "launcher/run/run_directory.h"
#include "launcher/study/plan.h"
#include "models/protocol/candidates.h"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

// How the settings of a fit are chosen: candidates are scored on inner folds by tasks of the farm, which leave files of
// scores below the run's checkpoints; the fit then takes the best candidate.
namespace musicmem::launcher {

// Some candidates of one fit on one inner fold.
struct SearchTask {
  std::size_t fit = 0;  // index into the list that it was planned for
  int inner_fold = 0;
  std::vector<std::size_t> candidates;  // indices into candidates_of(), in order of work
  std::string hash;                     // of all that the scores follow from
  double expected_cost = 0.0;           // seconds on one core, roughly
};

std::vector<models::Candidate> candidates_of(const FitTask& fit, const config::Experiment& experiment);

// The search of each fit in `searching` (indices into `fits`), by fit and inner fold. Models whose fits take a group have
// one candidate a task; of others a task takes as many as make it worth its while.
std::vector<SearchTask> plan_search(const std::vector<FitTask>& fits,
                                    const std::vector<std::size_t>& searching,
                                    const config::Experiment& experiment);

// "search svr/vanilla/seed-none/fold-3, inner fold 0, 20 candidates, first 0"
std::string search_task_name(const SearchTask& task, const FitTask& fit,
                             const config::Experiment& experiment);

// Where a group keeps the fit of the task's one candidate while it goes on.
std::filesystem::path search_checkpoints(const RunDirectory& run, const SearchTask& task, const FitTask& fit,
                                         const config::Experiment& experiment);

// The task's scores, one a candidate, where they are on disk and whole.
std::optional<std::vector<models::Metrics>> read_scores(const RunDirectory& run, const SearchTask& task,
                                                        const FitTask& fit,
                                                        const config::Experiment& experiment);
void write_scores(const RunDirectory& run, const SearchTask& task, const FitTask& fit,
                  const config::Experiment& experiment, const std::vector<models::Metrics>& scores);

// What the search of one fit found. `tasks`: of plan_search, by fit; those of other fits are passed over. Throws Error where scores are
// missing or no candidate has a defined metric.
models::SearchOutcome read_search(const RunDirectory& run, const std::vector<SearchTask>& tasks,
                                  std::size_t index, const FitTask& fit,
                                  const config::Experiment& experiment);

}  // namespace musicmem::launcher
