// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/error.h"
#include "distributed/communicator.h"
#include "distributed/stall_watch.h"
#include "launcher/run/lease.h"
#include "launcher/run/run_directory.h"
#include "launcher/run/run_log.h"
#include "launcher/run/run_progress.h"
#include "launcher/run/trace.h"
#include "launcher/study/rank_map.h"

#include <string>

// One start of the program on a study. Its parts live as long as it does.
namespace musicmem::launcher {

// The run directory, as this rank writes to it.
struct HeldRun {
  const RunDirectory& directory;
  const LeaseClaim& claim;  // looked at before every commit
  RunLog& log;
  Trace& trace;
  int rank = 0;  // for errors
};

// Before a commit within a task: throws CommunicationError, which no vote and no task keeps for itself, where
// another program owns the run now. `work` is for the error.
void require_own_run(const HeldRun& run, const std::string& work);
// What it throws, for an error of kind lost_lease.
[[noreturn]] void end_job(const HeldRun& run, const std::string& work, const Error& lost_lease);

// The ranks, where they run, and the watch over them.
struct Team {
  distributed::Communicator& ranks;
  const RankMap& map;
  distributed::StallWatch& watch;

  std::size_t rank() const { return static_cast<std::size_t>(ranks.rank()); }
  bool leads() const { return ranks.rank() == 0; }
};

// What a user sees of it while it goes on.
struct Display {
  ProgressFile* progress;  // null on every rank but 0
  bool quiet = false;      // no progress on the terminal
  bool verbose = false;    // each task's begin and end there
};

struct Start {
  Team team;
  HeldRun run;
  Display display;
};

}  // namespace musicmem::launcher
