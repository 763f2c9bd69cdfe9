// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "launcher/stages/stage.h"

#include <functional>
#include <string>
#include <vector>

namespace musicmem::launcher {

// Tasks of one kind that are to be computed, the same list on every rank.
struct FarmWork {
  std::string stage;               // for people: "prepare", "train"
  std::vector<std::string> names;  // of the tasks
  std::vector<std::string> hashes;
  std::vector<double> costs;
  std::vector<bool> for_group;  // tasks that a group of ranks runs together; empty: none
  // Of FarmOptions: what a task comes after, by task; empty: nothing.
  std::vector<std::vector<std::size_t>> after;
  std::size_t on_disk = 0;  // tasks of the stage that are not in the list because they are done
};

// Spreads the tasks over the ranks, logs each one's begin and end, and records failures (without the place of
// a file, which the log has) and successes in the run directory. A failed task ends the stage early unless
// `keep_going`.
StageResult farm_out(const Start& start, const FarmWork& work, bool keep_going,
                     const std::function<void(std::size_t)>& compute);

}  // namespace musicmem::launcher
