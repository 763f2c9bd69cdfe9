// SPDX-License-Identifier: GPL-3.0-or-later
#include "distributed/cores.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <fstream>
#include <set>
#include <sstream>

#include <sched.h>

namespace musicmem::distributed {
namespace {

namespace fs = std::filesystem;

// The first word of a one-value file such as memory.max; empty if there is no such file.
std::string first_word(const fs::path& file) {
  std::ifstream stream(file);
  std::string word;
  stream >> word;
  return word;
}

std::optional<std::uint64_t> number_in(const fs::path& file) {
  std::istringstream word(first_word(file));
  std::uint64_t number = 0;
  if (word >> number) return number;
  return std::nullopt;
}

// The value after `key` in a file of lines "key value", such as /proc/meminfo or memory.stat.
std::optional<std::uint64_t> value_of(const fs::path& file, const std::string& key) {
  std::ifstream stream(file);
  std::string line;
  while (std::getline(stream, line)) {
    std::istringstream words(line);
    std::string name;
    std::uint64_t value = 0;
    if (words >> name >> value && name == key) return value;
  }
  return std::nullopt;
}

bool lists(const std::string& controllers, const std::string& wanted) {
  return ("," + controllers + ",").find("," + wanted + ",") != std::string::npos;
}

// The directories of this process's control groups that may limit `controller`, from its own up to the top.
// A line of /proc/self/cgroup is "id:controllers:path", without controllers in version 2 (see cgroups(7)).
// Inside a container the lower part of the path may not exist; the walk upwards ends at the part that does.
std::vector<fs::path> group_directories(const fs::path& root, const std::string& controller) {
  std::vector<fs::path> directories;
  std::ifstream stream(root / "proc/self/cgroup");
  std::string line;
  while (std::getline(stream, line)) {
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    if (!controllers.empty() && !lists(controllers, controller)) continue;

    const fs::path top = root / "sys/fs/cgroup" / controllers;
    fs::path below = fs::path(line.substr(second + 1)).relative_path();
    for (; !below.empty(); below = below.parent_path()) directories.push_back(top / below);
    directories.push_back(top);
  }
  return directories;
}

// In cores: quota per period, as cpu.max of version 2 ("max 100000") or the pair of
// files of version 1 (-1: none).
std::optional<double> quota_of(const fs::path& group) {
  double quota = 0.0;
  double period = 0.0;
  std::ifstream version_2(group / "cpu.max");
  if (!(version_2 >> quota >> period)) {
    std::ifstream version_1_quota(group / "cpu.cfs_quota_us");
    std::ifstream version_1_period(group / "cpu.cfs_period_us");
    if (!(version_1_quota >> quota && version_1_period >> period)) return std::nullopt;
  }
  if (quota <= 0.0 || period <= 0.0) return std::nullopt;
  return quota / period;
}

// Bytes that the group may still take: its limit less what is in use and cannot be dropped. Version 2,
// then 1.
std::optional<std::uint64_t> memory_left_in(const fs::path& group) {
  auto limit = number_in(group / "memory.max");
  auto used = number_in(group / "memory.current");
  auto cache = value_of(group / "memory.stat", "inactive_file");
  if (!limit) {
    limit = number_in(group / "memory.limit_in_bytes");
    used = number_in(group / "memory.usage_in_bytes");
    cache = value_of(group / "memory.stat", "total_inactive_file");
  }
  if (!limit || !used) return std::nullopt;
  const std::uint64_t held = *used - std::min(cache.value_or(0), *used);
  return *limit - std::min(held, *limit);
}

template <typename T>
void lower(std::optional<T>& bound, const std::optional<T>& other) {
  if (other && (!bound || *other < *bound)) bound = other;
}

}  // namespace

std::vector<int> allowed_cores(int process) {
  std::vector<int> cores;
  // A fixed set holds 1024 cores; larger machines need a larger one, and the call
  // fails until it is large enough.
  bool too_small = true;
  for (int capacity = CPU_SETSIZE; capacity <= (1 << 20) && too_small; capacity *= 2) {
    cpu_set_t* mask = CPU_ALLOC(static_cast<std::size_t>(capacity));
    const std::size_t bytes = CPU_ALLOC_SIZE(static_cast<std::size_t>(capacity));
    CPU_ZERO_S(bytes, mask);
    const bool is_known = sched_getaffinity(process, bytes, mask) == 0;
    too_small = !is_known && errno == EINVAL;
    for (int core = 0; is_known && core < capacity; ++core) {
      if (CPU_ISSET_S(static_cast<std::size_t>(core), bytes, mask)) cores.push_back(core);
    }
    CPU_FREE(mask);
  }
  return cores;
}

std::optional<double> cpu_quota(const fs::path& root) {
  std::optional<double> quota;
  for (const fs::path& group : group_directories(root, "cpu")) lower(quota, quota_of(group));
  return quota;
}

int usable_cores(const std::vector<std::vector<int>>& masks, std::optional<double> quota) {
  std::set<int> together;
  for (const auto& mask : masks) together.insert(mask.begin(), mask.end());
  auto cores = static_cast<int>(together.size());
  if (quota && *quota < cores) cores = static_cast<int>(std::floor(*quota));
  return std::max(1, cores);
}

int threads_per_rank(int node_cores, int local_ranks, int own_cores) {
  return std::max(1, std::min(node_cores / std::max(1, local_ranks), own_cores));
}

std::optional<std::uint64_t> memory_per_rank(int local_ranks, const fs::path& root) {
  std::optional<std::uint64_t> available = value_of(root / "proc/meminfo", "MemAvailable:");
  if (available) *available *= 1024;
  for (const fs::path& group : group_directories(root, "memory")) lower(available, memory_left_in(group));
  if (available) *available /= static_cast<std::uint64_t>(std::max(1, local_ranks));
  return available;
}

}  // namespace musicmem::distributed
