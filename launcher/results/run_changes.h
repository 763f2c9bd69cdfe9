// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "launcher/run/run_directory.h"

#include <cstddef>
#include <string>
#include <vector>

namespace musicmem::launcher {

struct Study;

// In what a study is not that of its run's fits any more.
struct RunChanges {
  std::vector<std::string> what;       // settings and files: "cross_validation.folds", "labels.csv"
  std::size_t clips = 0;               // whose files are others
  std::vector<std::string> untrained;  // directories of fits that it asks for and the run does not plan
};

// Holds the study against the run's plan, without the features of its clips. A clip's file is another if its
// size is, or its bytes are; they are read only where its time, or that of its directory entry, is not before
// the plan's. Nothing where there is no plan. Throws Error where something cannot be read.
RunChanges look_for_changes(const RunDirectory& run, const Study& study);

// "labels.csv and 2 clips have changed since, and 3 fits were not trained, such as mlp/lds/seed-1/fold-0".
std::string changes_text(const RunChanges& changes);

}  // namespace musicmem::launcher
