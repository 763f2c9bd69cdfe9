// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "launcher/study/start.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace musicmem::launcher {

struct Study;

// The same on every rank.
struct StageResult {
  std::size_t computed = 0;
  std::size_t on_disk = 0;  // done by earlier starts
  std::size_t failed = 0;
  bool interrupted = false;
};

// Makes every shard of the study that is missing, stale or damaged, on all ranks, and compacts them. Failed
// clips are recorded in the run directory. Throws Error if no clip at all is left.
StageResult prepare_stage(const Start& start, const Study& study);

struct TrainOptions {
  std::uint64_t memory_bytes = 0;  // that this rank may use for caches; 0 where that is not known
  bool may_replace = false;        // finished fits, by others or by none
  bool has_prepared = false;       // this start, which has warned of the clips
};

// Makes every fit of the study that is missing, stale or damaged, on all ranks. Needs the prepared features.
StageResult train_stage(const Start& start, const Study& study, const TrainOptions& options);

// A task of a stage, for --dry-run.
struct PlannedTask {
  std::string name;
  bool on_disk = false;
  double expected_seconds = 0.0;  // on one core, roughly
};

// What prepare_stage would do.
std::vector<PlannedTask> dry_prepare(const Study& study);

}  // namespace musicmem::launcher
