// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "distributed/farm/task_farm.h"
#include "launcher/run/lease.h"
#include "launcher/run/run_directory.h"
#include "launcher/run/run_log.h"

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace musicmem::launcher {

// How far a stage had come when it was last written down.
struct StageProgress {
  std::size_t total = 0;
  std::size_t on_disk = 0;  // done by earlier starts
  std::size_t done = 0;     // by this one
  std::size_t failed = 0;
  double seconds = 0.0;                // of this start, so far
  std::optional<double> seconds_left;  // empty until a task has ended
};

struct TaskAtWork {
  std::string task;
  int rank = 0;
  std::string node;
  double since = 0.0;  // seconds of the Unix epoch
};

// logs/progress.json: what rank 0 of the last start knew while it was at work. For `musicmem status` alone:
// results are judged by their files.
struct RunProgress {
  std::string stage;  // that was under way last
  std::map<std::string, StageProgress> stages;
  std::vector<TaskAtWork> running;
  int ranks = 0;
  std::vector<std::string> nodes;  // without repetition
  double started = 0.0;            // seconds of the Unix epoch
  double updated = 0.0;
  std::string
      end;  // how the start ended: "done", "failed tasks", "interrupted"; empty while it runs or if it died
};

// Empty where no start has written one, or it is damaged.
std::optional<RunProgress> read_run_progress(const RunDirectory& run);

// Seconds since the Unix epoch.
double unix_seconds();

// Keeps logs/progress.json while a start is at work: every 2 s, and at the end of each stage and of the
// start. A run that another start has taken over silences it.
class ProgressFile {
 public:
  ProgressFile(const RunDirectory& run, LeaseClaim claim, std::vector<std::string> nodes_of_ranks,
               RunLog& log);

  void begin_stage(const std::string& stage, std::size_t on_disk, const std::vector<std::string>& tasks);
  void update(const distributed::FarmProgress& now);
  void end_stage();
  void end(const std::string& how);

 private:
  using Clock = std::chrono::steady_clock;

  void write();

  const RunDirectory& run_;
  LeaseClaim claim_;
  std::vector<std::string> nodes_of_ranks_;
  RunLog& log_;
  std::vector<std::string> tasks_;  // names, of the stage under way
  RunProgress progress_;
  Clock::time_point stage_start_;
  Clock::time_point last_write_;
};

// Seconds that the tasks which are left will take at the pace of those that are done; empty before the first.
std::optional<double> expected_seconds_left(const distributed::FarmProgress& now, double seconds_so_far);

}  // namespace musicmem::launcher
