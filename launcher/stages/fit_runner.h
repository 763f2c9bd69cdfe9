// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/settings/ssast.h"
#include "distributed/local_communicator.h"
#include "launcher/stages/search.h"
#include "launcher/study/feature_tables.h"
#include "launcher/study/plan.h"
#include "launcher/study/prepared_features.h"
#include "launcher/study/start.h"
#include "models/protocol/fit_run.h"
#include "models/protocol/fold_fit.h"
#include "models/ssast/spectrogram_source.h"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace musicmem::launcher {

// Whether the model's fits take a whole group of ranks.
bool takes_group(const config::Experiment& experiment, const FitTask& fit);

// Makes fits of a study and publishes them: on this rank alone, or on the group of ranks that it belongs to.
class FitRunner {
 public:
  // `tables` must outlive it. `memory_bytes`: that this rank may use for caches; 0 where that is not known.
  FitRunner(const Start& start, const Study& study, const FeatureTables& tables, std::uint64_t memory_bytes);

  // For fits that take a group. Collective in the start's ranks. Throws Error where no group of
  // runtime.ranks_per_model ranks can be made.
  void form_groups(const std::vector<PreparedFeatures>& prepared);

  // Collective in the group where the fit takes one; its leader publishes. While such a fit goes on it is
  // kept below the run's checkpoints. `search`: what chose the model's settings, null where none did.
  void compute(const FitTask& fit, const models::SearchOutcome* search = nullptr);

  // The scores of a search's candidates, in the order of the task. Collective in the group where the model's fits take
  // one; its leader keeps them.
  void score(const SearchTask& task, const FitTask& fit);

  // Of this start's groups: FitHardware::arithmetic().
  std::string arithmetic() const;

 private:
  // What the fit learns from, and how. Refers to the request's table and model, which are kept here.
  struct Work {
    config::ModelSpec model;
    data::SegmentTable ablated;
    const data::SegmentTable* rows = nullptr;
  };
  models::FitRun run_of(const FitTask& fit, const weights::CheckpointDirectory& checkpoints);
  Work work_on(const FitTask& fit, const config::ModelSpec& model, const models::FitRun& run) const;
  models::FoldFitRequest request_of(const FitTask& fit, const Work& work) const;
  // Runs `work`; failures of the group's waits and of its other ranks are told by the job's ranks.
  void with_group_errors(const models::FitRun& run, const std::string& name,
                         const std::function<void()>& work) const;
  models::FitRun run_on_group();
  void open_spectrograms(const std::vector<PreparedFeatures>& prepared);
  void split_ranks();
  void report_wait(const std::string& what);
  [[noreturn]] void rethrow(const distributed::TimeoutError& error, const std::string& name) const;

  const Team& team_;
  const HeldRun& run_;
  const Study& study_;
  const FeatureTables& tables_;
  std::uint64_t memory_bytes_;
  distributed::LocalCommunicator alone_;
  std::unique_ptr<distributed::Communicator> group_;  // this rank alone where it is in none
  std::vector<int> members_;                          // of the group, by their ranks in the job
  std::map<config::SsastInput, models::SpectrogramTable> spectrograms_;
  std::map<config::SsastInput, models::SpectrogramSource> sources_;  // what one fit has read serves the next
};

}  // namespace musicmem::launcher
