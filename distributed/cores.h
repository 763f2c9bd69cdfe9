// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

// How much of the machine a rank may use.
namespace musicmem::distributed {

// The indices of the cores that a process may run on (its affinity mask), ascending; 0: this process. Empty
// where there is no such process.
std::vector<int> allowed_cores(int process = 0);

// The CPU quota of this process's control group and those above it (version 1 or 2), in cores; empty without
// a limit. `root` stands for / in tests.
std::optional<double> cpu_quota(const std::filesystem::path& root = "/");

// Cores that processes with these affinity masks may use together, cut to the quota; at least 1.
int usable_cores(const std::vector<std::vector<int>>& masks, std::optional<double> quota);

// Compute threads for one of `local_ranks` ranks that share `node_cores` (World::node_cores) cores: an even
// share, at least 1, never more than the rank itself may run on (`own_cores`).
int threads_per_rank(int node_cores, int local_ranks, int own_cores);

// Bytes of memory one of `local_ranks` ranks may count on: an even share of what is available now on the
// node, or of what the control group leaves if that is less. Empty where the system does not say.
std::optional<std::uint64_t> memory_per_rank(int local_ranks, const std::filesystem::path& root = "/");

}  // namespace musicmem::distributed
