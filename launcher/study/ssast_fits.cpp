// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/study/ssast_fits.h"

#include "config/error.h"
#include "data/files/hash.h"
#include "distributed/agreement.h"
#include "features/store/feature_store.h"
#include "launcher/run/interrupt.h"
#include "launcher/study/fit_files.h"
#include "launcher/study/publish.h"
#include "models/ssast/training/fit.h"

#include <algorithm>
#include <chrono>

namespace musicmem::launcher {
namespace {

// Ranks that are in no group of their own get one each: a split takes every rank.
int split_group(const RankMap& map, int rank) {
  const int group = map.roles[static_cast<std::size_t>(rank)].group;
  return group >= 0 ? group : static_cast<int>(map.roles.size()) + rank;
}

models::SsastHardware hardware_of(const RankMap& map, const config::Runtime& runtime, std::size_t rank) {
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

const PreparedFeatures& fbank_of(const std::vector<PreparedFeatures>& prepared) {
  return *std::find_if(prepared.begin(), prepared.end(), [](const PreparedFeatures& features) {
    return features.store.key().set == config::FeatureSet::fbank;
  });
}

models::SpectrogramTable load_spectrograms(const Study& study, const PreparedFeatures& prepared,
                                           config::SsastInput input) {
  const features::CompactedFeatures& compacted = *prepared.table;
  const auto shape = compacted.shape("fbank");
  if (shape.size() != 3 || shape[2] != models::spectrogram_bins) {
    throw Error("holds no log-mel spectrograms of " + std::to_string(models::spectrogram_bins) + " bins",
                prepared.store.features_path(prepared.entries).string(),
                "remove it and run `musicmem prepare` on the experiment");
  }
  std::multimap<std::string, std::size_t> samples_of;
  for (std::size_t i = 0; i < compacted.samples(); ++i) samples_of.emplace(compacted.tracks()[i], i);
  models::SpectrogramTable table = models::spectrogram_table(prepared.table, study.tracks, study.labels);
  for (std::size_t track = 0; track < study.tracks.size(); ++track) {
    const auto [first, last] = samples_of.equal_range(study.clips[track].name);
    for (auto sample = first; sample != last; ++sample) {
      models::append_spectrogram_rows(table, static_cast<int>(track), compacted.semitones()[sample->second],
                                      sample->second, shape[1], input == config::SsastInput::segment);
    }
  }
  return table;
}

data::SegmentTable spectrogram_rows(const Study& study, const PreparedFeatures& prepared) {
  data::SegmentTable rows = load_spectrograms(study, prepared, config::SsastInput::clip).rows;
  data::Hasher content;
  for (const features::StoreEntry& entry : prepared.entries) content.add(entry.name).add(entry.work_hash);
  rows.columns = {"log-mel " + content.hex()};
  return rows;
}

SsastFits::SsastFits(const Start& start, const Study& study, const std::vector<PreparedFeatures>& prepared,
                     std::uint64_t memory_bytes)
    : team_(start.team), run_(start.run), study_(study) {
  const config::Experiment& experiment = study.experiment;
  const int size = experiment.runtime.ranks_per_model.value_or(1);
  together(team_.ranks, "forming groups of ranks", [&] {
    if (distributed::ranks_of_groups(team_.map.roles).empty()) {
      throw Error("runtime.ranks_per_model is " + std::to_string(size) + ", but there are not so many " +
                      (team_.map.roles.front().role == distributed::Role::gpu ? "GPU ranks" : "ranks"),
                  "", "start more ranks, or set runtime.ranks_per_model=auto");
    }
    for (const config::ModelSpec& model : experiment.models) {
      if (model.name != "ssast" || tables_.contains(model.ssast.input)) continue;
      tables_.emplace(model.ssast.input, load_spectrograms(study, fbank_of(prepared), model.ssast.input));
    }
    for (const auto& [input, table] : tables_) {
      sources_.try_emplace(input, table, memory_bytes / (tables_.size() + 1));
    }
  });
  form_group();
}

void SsastFits::form_group() {
  const int rank = team_.ranks.rank();
  const int group = split_group(team_.map, rank);
  group_ = team_.ranks.split(group, "forming groups of ranks");
  for (std::size_t other = 0; other < team_.map.roles.size(); ++other) {
    if (split_group(team_.map, static_cast<int>(other)) == group) members_.push_back(static_cast<int>(other));
  }
  group_->set_deadline(longest_step_in_stalls * stall_abort(study_));
  group_->observe_waits([this](const std::string& what) { report_wait(what); });
}

models::SsastRun SsastFits::run_on_group() const {
  models::SsastRun run{.group = *group_};
  run.hardware = hardware_of(team_.map, study_.experiment.runtime, team_.rank());
  run.threads = static_cast<std::size_t>(team_.map.threads[team_.rank()]);
  run.clip_length = study_.experiment.features.fbank.target_length;
  run.stop_requested = interrupt_requested;
  run.step_deadline = stall_abort(study_);
  return run;
}

void SsastFits::report_wait(const std::string& what) {
  team_.watch.waiting_for(what, what.empty() ? std::vector<int>() : members_);
  run_.trace.waiting_for(what);
}

std::string SsastFits::arithmetic() const {
  for (std::size_t rank = 0; rank < team_.map.roles.size(); ++rank) {
    if (team_.map.roles[rank].group >= 0)
      return hardware_of(team_.map, study_.experiment.runtime, rank).arithmetic();
  }
  return "";
}

// The wait's error with the fit, and the ranks by their numbers in the job.
[[noreturn]] void SsastFits::rethrow(const distributed::TimeoutError& error, const std::string& name) const {
  std::string others;
  for (const int rank : members_) {
    if (rank != team_.ranks.rank()) others += (others.empty() ? "rank " : ", ") + std::to_string(rank);
  }
  throw distributed::TimeoutError(name + ", " + error.operation(), team_.ranks.rank(), error.peer(),
                                  error.waited(), others + " of its group");
}

void SsastFits::compute(const FitTask& fit) {
  const config::Experiment& experiment = study_.experiment;
  const config::ModelSpec& model = experiment.models[fit.model];
  const std::string name = fit_task_name(fit, experiment);
  const weights::CheckpointDirectory checkpoints(run_.directory.checkpoints() / fit.directory(experiment),
                                                 fit.hash);
  models::SsastRun run = run_on_group();
  run.checkpoints = &checkpoints;
  run.pretrained = fit.pretrained;
  run.before_saving = [&] { require_own_run(run_, name); };
  run.waiting_for = [this](const std::string& what) { report_wait(what); };
  run.log = [&](const std::string& line) { run_.log.info(name + ": " + line); };
  run.open_events = [&](std::int64_t first_step) { return begin_events(run_, experiment, fit, first_step); };
  models::SpectrogramSource& source = sources_.at(model.ssast.input);
  try {
    const models::FoldFitResult result =
        models::fit_ssast_late({source.table().rows, model, experiment.cross_validation, fit.variant,
                                fit.shuffled, fit.seed, fit.fold},
                               source, run);
    distributed::together(*group_, "publishing the fit", [&] {
      if (group_->rank() != 0) return;
      publish(run_, study_, fit, result);
      checkpoints.remove();
    });
  } catch (const distributed::TimeoutError& error) {
    rethrow(error, name);
  } catch (const distributed::SharedError& error) {
    if (group_->size() == 1 || error.rank() == distributed::SharedError::every_rank) throw;
    throw Error("rank " + std::to_string(error.rank()) + " of the group: " + error.what());
  }
}

}  // namespace musicmem::launcher
