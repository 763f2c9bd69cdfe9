// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>

namespace spdlog {
class logger;
}

namespace musicmem::launcher {

// One log per rank, appended to from start to start: <run>/logs/rank-0000.log. Lines carry
// time, process and level and are on disk when the call returns to the system, so that a killed
// rank's last line is there. Thread-safe.
//
// No result depends on the log and its like, the files that tell people about a run: where one of them cannot
// be written, the start says so once, unless it is `quiet`, and goes on.
class RunLog {
 public:
  RunLog(const std::filesystem::path& directory, int rank, bool quiet = false);

  void info(const std::string& line);
  void warning(const std::string& line);
  void error(const std::string& line);
  // For whoever watches the start as well: on standard error, unless it is quiet.
  void warn(const std::string& line);
  void tell(const std::string& line);

  // Writes a file of that kind, such as "timings".
  void attempt(const std::string& kind, const std::function<void()>& write);
  // Says that a file of that kind cannot be written, the first time.
  void cannot_write(const std::string& kind, const std::string& problem);

 private:
  std::shared_ptr<spdlog::logger> logger_;  // null where the log cannot be opened
  bool quiet_;
  std::mutex mutex_;
  std::set<std::string> unwritten_;  // kinds of which it was said
};

// The warning of a file that tells people about a run, for commands without a log.
void warn_unwritten(const std::string& problem);

}  // namespace musicmem::launcher
