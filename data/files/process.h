// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <sys/types.h>

// This host and its processes.
namespace musicmem::data {

// As temporaries, leases and messages name this machine.
std::string host_name();

// What /proc/<pid>/stat says of a process.
struct Process {
  std::string name;           // its first 15 bytes, whatever they are
  char state = '?';           // 'Z': it has ended, but nobody has asked how
  pid_t parent = 0;           // 0 above the first
  std::uint64_t started = 0;  // in clock ticks since the host's: tells it from a later one of the same number
};

// Nothing where there is none, or none that this process may see.
std::optional<Process> find_process(pid_t pid);

// 0 where it has none.
pid_t parent_of(pid_t pid);

// Whether the process does anything any more on this host; what is left of one
// that ended (a zombie) does not.
bool is_at_work(pid_t pid);

}  // namespace musicmem::data
