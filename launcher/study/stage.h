// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "distributed/communicator.h"
#include "distributed/stall_watch.h"
#include "launcher/run/lease.h"
#include "launcher/run/run_directory.h"
#include "launcher/run/run_log.h"
#include "launcher/run/run_progress.h"
#include "launcher/run/trace.h"
#include "launcher/study/plan.h"
#include "launcher/study/rank_map.h"
#include "launcher/study/study.h"

#include <map>
#include <string>
#include <vector>

namespace musicmem::launcher {

// What the stages of one start share. `progress` is null on every rank but 0. Quiet: no progress on the
// terminal; verbose: each task's begin and end there too.
struct StageContext {
  distributed::Communicator& ranks;
  const Study& study;
  const RunDirectory& run;
  const LeaseClaim& claim;  // looked at before every commit
  RunLog& log;
  const RankMap& map;
  distributed::StallWatch& watch;
  Trace& trace;
  ProgressFile* progress;
  bool quiet = false;
  bool verbose = false;
  std::uint64_t memory_bytes = 0;  // that this rank may use for caches
  bool may_replace = false;        // finished fits, by others or by none
  bool prepares = false;           // this start prepares, whatever else it does
};

// The same on every rank.
struct StageResult {
  std::size_t computed = 0;
  std::size_t on_disk = 0;  // done by earlier starts
  std::size_t failed = 0;
  bool interrupted = false;
};

// Makes every shard of the study that is missing, stale or damaged, on all ranks, and compacts them. Failed
// clips are recorded in the run directory. Throws Error if no clip at all is left.
StageResult prepare_stage(StageContext& context);

// Makes every fit of the study that is missing, stale or damaged, on all ranks. Needs the prepared features.
StageResult train_stage(StageContext& context);

// A task of a stage, for --dry-run.
struct PlannedTask {
  std::string name;
  bool on_disk = false;
  double expected_seconds = 0.0;  // on one core, roughly
};

// What prepare_stage would do.
std::vector<PlannedTask> dry_prepare(const Study& study);

}  // namespace musicmem::launcher
