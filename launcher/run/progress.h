// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "distributed/farm/task_farm.h"
#include "launcher/run/run_log.h"

#include <chrono>
#include <cstddef>
#include <string>

namespace musicmem::launcher {

// How far a stage is, on standard error: one line that updates on a terminal, a plain line every 10 s
// elsewhere. The log gets the plain lines too.
class Progress {
 public:
  // `already`: tasks of the stage whose results were on disk at the start.
  Progress(std::string stage, std::size_t total, std::size_t already, bool quiet, RunLog& log);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void update(const distributed::FarmProgress& now);

 private:
  using Clock = std::chrono::steady_clock;

  std::string line(const distributed::FarmProgress& now) const;

  std::string stage_;
  std::size_t total_;
  std::size_t already_;
  bool quiet_;
  bool terminal_;
  RunLog& log_;
  Clock::time_point start_ = Clock::now();
  Clock::time_point last_plain_ = Clock::now();
  bool line_is_open_ = false;
};

}  // namespace musicmem::launcher
