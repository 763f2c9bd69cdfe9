// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "launcher/study/prepared_features.h"
#include "launcher/study/start.h"
#include "launcher/study/study_inputs.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace musicmem::launcher {

// The same on every rank.
struct StageResult {
  std::size_t computed = 0;
  std::size_t on_disk = 0;  // done by earlier starts
  std::size_t failed = 0;
  bool interrupted = false;
};

// Makes every shard of the study that is missing, stale or damaged, on all ranks; `inputs` says what is done
// then. Failed clips are recorded in the run directory.
StageResult prepare_stage(const Start& start, const Study& study, StudyInputs& inputs);

// Collective. Once what is prepared is compacted: puts it into the run's manifest, unless training is next, which
// does so where it may go on, and warns of clips of another length than the study's.
void describe_prepared(const Start& start, const Study& study, const std::vector<PreparedFeatures>& prepared,
                       bool trains_next);

struct TrainOptions {
  std::uint64_t memory_bytes = 0;  // that this rank may use for caches; 0 where that is not known
  bool may_replace = false;        // finished fits, by others or by none
  bool has_prepared = false;       // this start, which has warned of the clips
  std::optional<int> only_fold = std::nullopt;  // of all repeats, counted through; empty for all folds
};

// Makes every fit of the study that is missing, stale or damaged, on all ranks. `prepared`: from
// compact_prepared(), with all tables open; none of a study from a table.
StageResult train_stage(const Start& start, const Study& study, const std::vector<PreparedFeatures>& prepared,
                        const TrainOptions& options);

// A task of a stage, for --dry-run.
struct PlannedTask {
  std::string name;
  bool on_disk = false;
  double expected_seconds = 0.0;  // on one core, roughly
};

// What prepare_stage would do.
std::vector<PlannedTask> dry_prepare(const Study& study, const StudyInputs& inputs);

}  // namespace musicmem::launcher
