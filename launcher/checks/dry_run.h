// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "launcher/run/run_directory.h"
#include "launcher/study/rank_map.h"

#include <cstddef>
#include <optional>
#include <vector>

// What --dry-run shows of a start: nothing is written and nothing computed.
namespace musicmem::launcher {

struct Study;

struct DryRun {
  bool prepares = false;
  bool trains = false;
  bool may_replace = false;  // finished fits
  std::optional<int> only_fold = std::nullopt;
};

// Prints the rank map, every task, the totals with the time that what is left takes on these ranks, and
// whether the start would stop because it replaces finished fits.
void print_dry_run(const Study& study, const RunDirectory& run, const RankMap& map, const DryRun& start);

// Seconds until tasks of these costs (seconds on one core) are done by so many ranks, the longest first.
double seconds_on_ranks(std::vector<double> costs, std::size_t ranks);

}  // namespace musicmem::launcher
