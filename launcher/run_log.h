// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <memory>
#include <string>

namespace spdlog {
class logger;
}

namespace musicmem::launcher {

// One log per rank, appended to from start to start: <run>/logs/rank-0000.log. Lines carry time, process and
// level and are on disk when the call returns to the system, so that a killed rank's last line is there.
// Thread-safe.
class RunLog {
 public:
  RunLog(const std::filesystem::path& directory, int rank);

  void info(const std::string& line);
  void warning(const std::string& line);
  void error(const std::string& line);

 private:
  std::shared_ptr<spdlog::logger> logger_;
};

}  // namespace musicmem::launcher
