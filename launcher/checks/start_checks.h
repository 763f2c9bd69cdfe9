// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "distributed/communicator.h"
#include "launcher/study/rank_map.h"

#include <filesystem>
#include <string>
#include <vector>

// What must hold between the ranks before a study may start. All calls are collective; what one rank finds
// wrong is thrown on all, as SharedError.
namespace musicmem::launcher {

// Throws unless `value` is the same on every rank. `what` it is, for the error: "program", "experiment".
void require_same(distributed::Communicator& ranks, const std::vector<std::string>& nodes,
                  const std::string& what, const std::string& value, const std::string& advice);

// Throws unless every rank sees in `directory` what rank 0 has just written there: a directory on a disk of
// one node alone would be another one on each. `setting`: the word that chooses another.
void require_shared(distributed::Communicator& ranks, const std::vector<std::string>& nodes,
                    const std::filesystem::path& directory, const std::string& setting);

// A warning for each node whose clock is more than `tolerance` seconds from that of rank 0's node.
// `clocks`: of each rank at one moment, in seconds. Nothing relies on clocks, but times in logs
// and status are then not comparable.
std::vector<std::string> clock_warnings(const std::vector<double>& clocks,
                                        const std::vector<std::string>& nodes, double tolerance = 5.0);

// The clocks of all ranks, read as close to one moment as a barrier allows.
std::vector<double> read_clocks(distributed::Communicator& ranks);

}  // namespace musicmem::launcher
