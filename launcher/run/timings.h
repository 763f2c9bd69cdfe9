// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "distributed/farm/task_farm.h"
#include "launcher/run/run_directory.h"

#include <string>
#include <vector>

// What the starts of a run took. Times and commands stay out of the report, so that it is the
// same for every way in which the run was made; they are kept in <run>/logs/timings.jsonl and
// shown by timings.html beside it.
namespace musicmem::launcher {

// Adds the command line of this start.
void record_start(const RunDirectory& run, int ranks);

// Adds a stage that has ended: its wall time, and each task that was run. `names`: of all tasks.
void record_stage(const RunDirectory& run, const std::string& stage, int ranks, double wall_seconds,
                  const std::vector<std::string>& names,
                  const std::vector<distributed::TaskOutcome>& outcomes);

// The same of a stage that is one task of rank 0.
void record_stage(const RunDirectory& run, const std::string& stage, int ranks, double wall_seconds);

// Writes timings.html from what was recorded. Lines that are damaged are passed over.
void write_timings_page(const RunDirectory& run);

// All of it for a command that is one stage; warns where it cannot be written.
void record_command(const RunDirectory& run, const std::string& stage, int ranks, double wall_seconds,
                    const std::vector<std::string>& names,
                    const std::vector<distributed::TaskOutcome>& outcomes);
void record_command(const RunDirectory& run, const std::string& stage, int ranks, double wall_seconds);

}  // namespace musicmem::launcher
