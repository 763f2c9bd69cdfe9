// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/files/process.h"

#include <cerrno>
#include <csignal>
#include <fstream>
#include <sstream>

#include <unistd.h>

namespace musicmem::data {

std::string host_name() {
  char name[256] = "";
  if (::gethostname(name, sizeof name - 1) != 0) return "unknown-host";
  return name;
}

std::optional<Process> find_process(pid_t pid) {
  // "pid (name) state parent ... started ...", the third, fourth and 22nd field; the name may hold anything
  // but line ends.
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  std::getline(file, text);
  const std::size_t begin = text.find('(');
  const std::size_t end = text.rfind(')');
  if (begin == std::string::npos || end == std::string::npos) return std::nullopt;
  Process process;
  process.name = text.substr(begin + 1, end - begin - 1);
  std::istringstream fields(text.substr(end + 1));
  fields >> process.state >> process.parent;
  constexpr int fields_between = 17;
  std::string field;
  for (int i = 0; i < fields_between; ++i) fields >> field;
  if (!(fields >> process.started)) return std::nullopt;
  return process;
}

pid_t parent_of(pid_t pid) {
  const auto process = find_process(pid);
  return process ? process->parent : 0;
}

bool is_at_work(pid_t pid) {
  if (pid <= 0) return false;
  if (::kill(pid, 0) != 0 && errno != EPERM) return false;
  const auto process = find_process(pid);
  return !process || (process->state != 'Z' && process->state != 'X');
}

}  // namespace musicmem::data
