// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/settings/ssast.h"
#include "distributed/local_communicator.h"
#include "launcher/study/feature_tables.h"
#include "launcher/study/plan.h"
#include "launcher/study/prepared_features.h"
#include "launcher/study/start.h"
#include "models/protocol/fit_run.h"
#include "models/ssast/spectrogram_source.h"

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
  // kept below the run's checkpoints.
  void compute(const FitTask& fit);

  // Of this start's groups: FitHardware::arithmetic().
  std::string arithmetic() const;

 private:
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
