// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/results/run_status.h"

#include "config/error.h"
#include "launcher/results/run_changes.h"
#include "launcher/run/json_file.h"
#include "launcher/stages/fit_files.h"
#include "launcher/study/plan.h"
#include "launcher/study/run_plan.h"
#include "launcher/study/study.h"
#include "launcher/study/study_inputs.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include <nlohmann/json.hpp>

namespace musicmem::launcher {
namespace {

namespace fs = std::filesystem;

std::size_t failures_of(const std::vector<Failure>& failures, const std::string& kind) {
  return static_cast<std::size_t>(
      std::count_if(failures.begin(), failures.end(),
                    [&](const Failure& failure) { return failure.task.starts_with(kind + " "); }));
}

// Clips whose shards are there in every feature set.
std::size_t prepared_clips(const Study& study) {
  std::vector<features::FeatureStore> stores;
  for (const config::AudioSet& set : feature_sets(study.experiment)) {
    stores.emplace_back(study.experiment.features.store, features::store_key(set, study.experiment));
  }
  return static_cast<std::size_t>(
      std::count_if(study.clips.begin(), study.clips.end(), [&](const StudyClip& clip) {
        return !clip.audio.empty() &&
               std::all_of(stores.begin(), stores.end(), [&](const features::FeatureStore& store) {
                 return fs::exists(store.shard_path(clip.shard));
               });
      }));
}

// A study as it is now, or why its labels or audio cannot be read from here.
struct StudyNow {
  std::optional<Study> study;
  std::string problem;
};

StudyNow study_now(const config::Experiment& experiment) {
  try {
    Study study = load_study(experiment);
    look_at_sets(study);
    return {std::move(study), ""};
  } catch (const Error& error) {
    return {std::nullopt, error.what()};
  }
}

StageStatus prepare_status(const std::optional<Study>& study, const RunStatus& status) {
  StageStatus stage{"prepare", 0, 0, failures_of(status.failures, "prepare")};
  if (study) {
    stage.total = study->clips.size();
    stage.done = std::min(prepared_clips(*study), stage.total - std::min(stage.total, stage.failed));
  } else if (status.last_start && status.last_start->stages.contains("prepare")) {
    const StageProgress& known = status.last_start->stages.at("prepare");
    stage.total = known.total;
    stage.done = known.on_disk + known.done;
  } else {
    stage.total = stage.failed;
    return stage;
  }
  stage.failed = std::min(stage.failed, stage.total - stage.done);
  return stage;
}

// In words that follow a state and "but"; empty for nothing.
std::string changes_since(const RunDirectory& run, const StudyNow& now) {
  if (!now.study) return "its data cannot be looked at: " + now.problem;
  try {
    return changes_text(look_for_changes(run, *now.study));
  } catch (const Error& error) {
    return "what it was made of cannot be looked at: " + std::string(error.what());
  }
}

StageStatus train_status(const RunDirectory& run, const config::Experiment& experiment, int folds,
                         const std::vector<Failure>& failures) {
  StageStatus stage{"train", 0, 0, failures_of(failures, "fit")};
  if (!fs::exists(run.plan())) {
    stage.total = list_fits(experiment, 0, folds).size();
  } else {
    const RunPlan plan = read_run_plan(run);
    stage.total = plan.fits.size();
    stage.done = static_cast<std::size_t>(std::count_if(
        plan.fits.begin(), plan.fits.end(),
        [&](const PlannedFit& fit) { return hash_of_fit(run.folds() / fit.directory) == fit.hash; }));
  }
  stage.failed = std::min(stage.failed, stage.total - stage.done);
  return stage;
}

RunState state_of(const RunStatus& status) {
  if (status.holder && status.holder->alive) return RunState::running;
  const StageStatus total = status.total();
  if (total.left() == 0) return total.failed > 0 ? RunState::failed : RunState::done;
  if (status.last_start && status.last_start->end == "interrupted") return RunState::interrupted;
  if (status.last_start && status.last_start->end.empty()) return RunState::stopped;
  return status.last_start ? RunState::incomplete : RunState::stopped;
}

}  // namespace

std::string to_string(RunState state) {
  switch (state) {
    case RunState::not_started:
      return "not started";
    case RunState::running:
      return "running";
    case RunState::interrupted:
      return "interrupted";
    case RunState::stopped:
      return "stopped";
    case RunState::incomplete:
      return "incomplete";
    case RunState::failed:
      return "done with failed tasks";
    case RunState::done:
      return "done";
  }
  return "";
}

StageStatus RunStatus::total() const {
  StageStatus sum;
  for (const StageStatus& stage : stages) {
    sum.total += stage.total;
    sum.done += stage.done;
    sum.failed += stage.failed;
  }
  return sum;
}

std::optional<double> RunStatus::tasks_per_minute() const {
  if (state != RunState::running || !last_start || !last_start->stages.contains(last_start->stage)) return {};
  const StageProgress& stage = last_start->stages.at(last_start->stage);
  if (stage.seconds <= 0.0) return {};
  return static_cast<double>(stage.done + stage.failed) / stage.seconds * 60.0;
}

std::optional<double> RunStatus::seconds_left() const {
  if (state != RunState::running || !last_start || !last_start->stages.contains(last_start->stage)) return {};
  return last_start->stages.at(last_start->stage).seconds_left;
}

RunStatus read_run_status(const RunDirectory& run, const config::Experiment* asked) {
  RunStatus status;
  status.run = run.path().string();
  if (!fs::exists(run.experiment())) return status;
  const config::Experiment experiment = config::load_experiment(run.experiment());
  status.name = experiment.name;
  status.holder = look_at_lease(run.lease());
  status.last_start = read_run_progress(run);
  status.failures = run.read_failures();
  const StudyNow now = study_now(experiment);
  const int folds = now.study ? count_folds(*now.study) : experiment.cross_validation.folds.number;
  if (is_from_audio(experiment)) status.stages.push_back(prepare_status(now.study, status));
  status.stages.push_back(train_status(run, experiment, folds, status.failures));
  status.state = state_of(status);
  if (status.state != RunState::running) status.changes = changes_since(run, asked ? study_now(*asked) : now);
  return status;
}

}  // namespace musicmem::launcher
