// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/stages/fit_runner.h"

#include "config/error.h"
#include "config/model_traits.h"
#include "distributed/agreement.h"
#include "features/recorded_settings.h"
#include "launcher/run/interrupt.h"
#include "launcher/stages/fit_files.h"
#include "launcher/stages/publish.h"
#include "launcher/study/spectrograms.h"
#include "launcher/study/study.h"
#include "models/kinds/model_kinds.h"

#include <algorithm>
#include <chrono>

namespace musicmem::launcher {
namespace {

// A block of an ablation may have fewer columns than the model has components.
void limit_components(config::ModelSpec& model, const data::SegmentTable& ablated) {
  model.pca.number = std::min(model.pca.number, static_cast<int>(ablated.columns.size()));
}

// Ranks that are in no group of their own get one each: a split takes every rank.
int split_group(const RankMap& map, int rank) {
  const int group = map.roles[static_cast<std::size_t>(rank)].group;
  return group >= 0 ? group : static_cast<int>(map.roles.size()) + rank;
}

models::FitHardware hardware_of(const RankMap& map, const config::Runtime& runtime, std::size_t rank) {
  return {map.roles[rank].device, runtime.precision, runtime.tf32, runtime.deterministic};
}

// A rank that is gone is missed by the stall watch. The sums of a step, which every rank has begun at the
// same time, may take as long as the watch allows for a sign of life; between steps a peer that is alive may
// load, validate, or write a checkpoint to a slow disk for longer.
constexpr int longest_step_in_stalls = 6;

std::chrono::duration<double> stall_abort(const Study& study) {
  return std::chrono::duration<double>(study.experiment.runtime.stall_abort);
}

}  // namespace

bool takes_group(const config::Experiment& experiment, const FitTask& fit) {
  return config::traits_of(experiment.models[fit.model].name).distributed;
}

FitRunner::FitRunner(const Start& start, const Study& study, const FeatureTables& tables,
                     std::uint64_t memory_bytes)
    : team_(start.team), run_(start.run), study_(study), tables_(tables), memory_bytes_(memory_bytes) {}

void FitRunner::form_groups(const std::vector<PreparedFeatures>& prepared) {
  const int size = study_.experiment.runtime.ranks_per_model.value_or(1);
  together(team_.ranks, "forming groups of ranks", [&] {
    if (distributed::ranks_of_groups(team_.map.roles).empty()) {
      throw Error("runtime.ranks_per_model is " + std::to_string(size) + ", but there are not so many " +
                      (team_.map.roles.front().role == distributed::Role::gpu ? "GPU ranks" : "ranks"),
                  "", "start more ranks, or set runtime.ranks_per_model=auto");
    }
    open_spectrograms(prepared);
  });
  split_ranks();
}

void FitRunner::open_spectrograms(const std::vector<PreparedFeatures>& prepared) {
  for (const config::ModelSpec& model : study_.experiment.models) {
    const config::SsastInput input = model.ssast.input;
    if (!config::traits_of(model.name).takes_spectrograms || spectrograms_.contains(input)) continue;
    spectrograms_.emplace(input, load_spectrograms(study_, fbank_of(prepared), input));
  }
  for (const auto& [input, table] : spectrograms_) {
    sources_.try_emplace(input, table, memory_bytes_ / (spectrograms_.size() + 1));
  }
}

void FitRunner::split_ranks() {
  const int rank = team_.ranks.rank();
  const int group = split_group(team_.map, rank);
  group_ = team_.ranks.split(group, "forming groups of ranks");
  for (std::size_t other = 0; other < team_.map.roles.size(); ++other) {
    if (split_group(team_.map, static_cast<int>(other)) == group) members_.push_back(static_cast<int>(other));
  }
  group_->set_deadline(longest_step_in_stalls * stall_abort(study_));
  group_->observe_waits([this](const std::string& what) { report_wait(what); });
}

models::FitRun FitRunner::run_on_group() {
  models::FitRun run{.group = *group_};
  run.hardware = hardware_of(team_.map, study_.experiment.runtime, team_.rank());
  run.threads = static_cast<std::size_t>(team_.map.threads[team_.rank()]);
  run.stop_requested = interrupt_requested;
  run.step_deadline = stall_abort(study_);
  return run;
}

void FitRunner::report_wait(const std::string& what) {
  team_.watch.waiting_for(what, what.empty() ? std::vector<int>() : members_);
  run_.trace.waiting_for(what);
}

std::string FitRunner::arithmetic() const {
  for (std::size_t rank = 0; rank < team_.map.roles.size(); ++rank) {
    if (team_.map.roles[rank].group >= 0)
      return hardware_of(team_.map, study_.experiment.runtime, rank).arithmetic();
  }
  return "";
}

// The wait's error with the fit, and the ranks by their numbers in the job.
[[noreturn]] void FitRunner::rethrow(const distributed::TimeoutError& error, const std::string& name) const {
  std::string others;
  for (const int rank : members_) {
    if (rank != team_.ranks.rank()) others += (others.empty() ? "rank " : ", ") + std::to_string(rank);
  }
  throw distributed::TimeoutError(name + ", " + error.operation(), team_.ranks.rank(), error.peer(),
                                  error.waited(), others + " of its group");
}

models::FitRun FitRunner::run_of(const FitTask& fit, const weights::CheckpointDirectory& checkpoints) {
  const config::Experiment& experiment = study_.experiment;
  const models::ModelKind& kind = models::kind_of(experiment.models[fit.model].name);
  const std::string name = fit_task_name(fit, experiment);
  models::FitRun run = kind.traits().distributed ? run_on_group() : models::FitRun{.group = alone_};
  if (memory_bytes_ > 0) run.memory_bytes = memory_bytes_;
  run.features = experiment.features;
  run.checkpoints = &checkpoints;
  run.pretrained = fit.pretrained;
  run.before_saving = [this, name] { require_own_run(run_, name); };
  run.waiting_for = [this](const std::string& what) { report_wait(what); };
  run.log = [this, name](const std::string& line) { run_.log.info(name + ": " + line); };
  if (kind.traits().takes_spectrograms)
    run.spectrograms = &sources_.at(experiment.models[fit.model].ssast.input);
  return run;
}

FitRunner::Work FitRunner::work_on(const FitTask& fit, const config::ModelSpec& model,
                                   const models::FitRun& run) const {
  Work work{model, {}, nullptr};
  if (run.spectrograms != nullptr) {
    work.rows = &run.spectrograms->table().rows;
    return work;
  }
  work.rows = &tables_.at(to_string(model.features));
  if (fit.ablation.empty()) return work;
  work.ablated = ablated_table(*work.rows, model.features, fit.ablation);
  limit_components(work.model, work.ablated);
  work.rows = nullptr;
  return work;
}

models::FoldFitRequest FitRunner::request_of(const FitTask& fit, const Work& work) const {
  return {.table = work.rows != nullptr ? *work.rows : work.ablated,
          .model = work.model,
          .cross_validation = study_.experiment.cross_validation,
          .variant = fit.variant,
          .shuffled_control = fit.shuffled,
          .study_seed = fit.seed,
          .fold = fit.part,
          .repeat = fit.repeat,
          .range = study_.experiment.data.target.range,
          .share = fit.share};
}

void FitRunner::with_group_errors(const models::FitRun& run, const std::string& name,
                                  const std::function<void()>& work) const {
  try {
    work();
  } catch (const distributed::TimeoutError& error) {
    rethrow(error, name);
  } catch (const distributed::SharedError& error) {
    if (run.group.size() == 1 || error.rank() == distributed::SharedError::every_rank) throw;
    throw Error("rank " + std::to_string(error.rank()) + " of the group: " + error.what());
  }
}

void FitRunner::compute(const FitTask& fit, const models::SearchOutcome* search) {
  const config::Experiment& experiment = study_.experiment;
  const config::ModelSpec& given = experiment.models[fit.model];
  const config::ModelSpec model =
      search == nullptr ? given : models::candidate_model(given, search->candidates[search->chosen]);
  const weights::CheckpointDirectory checkpoints(run_.directory.checkpoints() / fit.directory(experiment),
                                                 fit.hash);
  models::FitRun run = run_of(fit, checkpoints);
  run.open_events = [&](std::int64_t first_step) {
    return begin_events(run_, experiment, fit, model, first_step);
  };
  const Work work = work_on(fit, model, run);
  with_group_errors(run, fit_task_name(fit, experiment), [&] {
    models::FoldFitResult result = models::kind_of(model.name).fit(request_of(fit, work), run);
    if (!fit.ablation.empty()) result.weights.texts["ablation"] = fit.ablation;
    result.weights.texts.merge(features::recorded_settings(experiment.features, model.features));
    distributed::together(run.group, "publishing the fit", [&] {
      if (run.group.rank() != 0) return;
      publish(run_, study_, fit, result, search);
      checkpoints.remove();
    });
  });
}

void FitRunner::score(const SearchTask& task, const FitTask& fit) {
  const config::Experiment& experiment = study_.experiment;
  const config::ModelSpec& model = experiment.models[fit.model];
  const std::vector<models::Candidate> candidates = candidates_of(fit, experiment);
  std::vector<config::ModelSpec> tried;
  for (const std::size_t candidate : task.candidates)
    tried.push_back(models::candidate_model(model, candidates[candidate]));
  const weights::CheckpointDirectory checkpoints(search_checkpoints(run_.directory, task, fit, experiment),
                                                 task.hash);
  const models::FitRun run = run_of(fit, checkpoints);
  const models::ModelKind& kind = models::kind_of(model.name);
  const Work work = work_on(fit, tried.front(), run);
  if (!fit.ablation.empty()) {
    for (config::ModelSpec& candidate : tried) limit_components(candidate, work.ablated);
  }
  models::FoldFitRequest request = request_of(fit, work);
  request.inner = {task.inner_fold, model.search.inner_folds};
  const std::string name = search_task_name(task, fit, experiment);
  with_group_errors(run, name, [&] {
    const std::vector<models::Metrics> scores =
        kind.score != nullptr ? kind.score(request, tried, run) : std::vector{kind.fit(request, run).test};
    distributed::together(run.group, "keeping the scores of a search", [&] {
      if (run.group.rank() != 0) return;
      require_own_run(run_, name);
      write_scores(run_.directory, task, fit, experiment, scores);
      checkpoints.remove();
    });
  });
}

}  // namespace musicmem::launcher
