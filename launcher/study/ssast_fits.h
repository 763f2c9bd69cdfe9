// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "launcher/study/plan.h"
#include "launcher/study/prepared_features.h"
#include "launcher/study/start.h"
#include "models/ssast/spectrogram_source.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace musicmem::models {
struct SsastRun;
}

namespace musicmem::launcher {

// The log-mel features of a study that trains ssast.
const PreparedFeatures& fbank_of(const std::vector<PreparedFeatures>& prepared);

// The study's log-mel spectrograms for one kind of input, from the compacted store of feature set fbank.
models::SpectrogramTable load_spectrograms(const Study& study, const PreparedFeatures& prepared,
                                           config::SsastInput input);

// Stands for the spectrograms where the plan hashes what a fit sees: its rows, and as its only column's name
// the checksum of all that is prepared.
data::SegmentTable spectrogram_rows(const Study& study, const PreparedFeatures& prepared);

// Trains the fits of ssast, each on a whole group of ranks.
class SsastFits {
 public:
  // Collective in the start's ranks. `memory_bytes`: that this rank may use for caches. Throws Error where no
  // group of runtime.ranks_per_model ranks can be made.
  SsastFits(const Start& start, const Study& study, const std::vector<PreparedFeatures>& prepared,
            std::uint64_t memory_bytes);

  // Collective in the group of this rank; its leader publishes. While the fit goes on it is kept below the
  // run's checkpoints.
  void compute(const FitTask& fit);

  // Of this start's groups: SsastHardware::arithmetic().
  std::string arithmetic() const;

 private:
  models::SsastRun run_on_group() const;
  void form_group();
  void report_wait(const std::string& what);
  [[noreturn]] void rethrow(const distributed::TimeoutError& error, const std::string& name) const;

  const Team& team_;
  const HeldRun& run_;
  const Study& study_;
  std::unique_ptr<distributed::Communicator> group_;  // this rank alone where it is in none
  std::vector<int> members_;                          // of the group, by their ranks in the job
  std::map<config::SsastInput, models::SpectrogramTable> tables_;
  std::map<config::SsastInput, models::SpectrogramSource> sources_;  // what one fit has read serves the next
};

}  // namespace musicmem::launcher
