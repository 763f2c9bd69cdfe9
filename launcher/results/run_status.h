// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "launcher/run/lease.h"
#include "launcher/run/run_directory.h"
#include "launcher/run/run_progress.h"

#include <optional>
#include <string>
#include <vector>

namespace musicmem::config {
struct Experiment;
}

namespace musicmem::launcher {

enum class RunState {
  not_started,
  running,
  interrupted,  // a start was told to stop, and did
  stopped,      // a start died: killed, or with its node
  incomplete,   // nothing is at work, and parts were never begun (prepare without train)
  failed,       // all is done but what failed
  done
};

std::string to_string(RunState state);

struct StageStatus {
  std::string name;
  std::size_t total = 0;
  std::size_t done = 0;
  std::size_t failed = 0;
  std::size_t left() const { return total - done - failed; }
};

// How a run stands, from its files: which any node can read, while it runs and after it died.
struct RunStatus {
  std::string run;
  std::string name;
  RunState state = RunState::not_started;
  std::optional<LeaseHolder> holder;      // alive or not
  std::optional<RunProgress> last_start;  // what it last said of itself
  std::vector<StageStatus> stages;        // prepare, train; those that the study has
  std::vector<Failure> failures;
  // "labels.csv has changed since": in what the study is not that of the fits any more, or that this cannot
  // be told from here; else empty. Not of a run that is running.
  std::string changes;

  StageStatus total() const;
  // Of the stage under way, while the run is running.
  std::optional<double> tasks_per_minute() const;
  std::optional<double> seconds_left() const;
};

// Results are counted by their files' presence and hashes; their checksums are left to the next start.
// `asked`: the experiment that the next start would be made with; that of the last one where it is left out.
RunStatus read_run_status(const RunDirectory& run, const config::Experiment* asked = nullptr);

}  // namespace musicmem::launcher
