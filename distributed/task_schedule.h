// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "distributed/task_farm.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <vector>

namespace musicmem::distributed {

// Who runs what: the state of one farm, kept by rank 0. Knows nothing of messages; safe to call from several
// threads.
class TaskSchedule {
 public:
  TaskSchedule(const std::vector<double>& expected_costs, int ranks, bool keep_going);

  // The next task for a rank that is free, the most expensive first. Empty if none is left or none may be
  // begun any more: then the rank is out of work for good.
  std::optional<std::size_t> next(int rank);
  // A task that next() gave to outcome.rank has ended.
  void finished(TaskOutcome outcome);
  // A rank asks to stop: no task is given out any more.
  void stop();

  // Every rank is out of work, so no task is running.
  bool over() const;
  // Grows with every next() and finished(): a sign that something has happened.
  std::uint64_t events() const;
  FarmProgress progress() const;
  FarmResult result() const;

 private:
  using Clock = std::chrono::steady_clock;
  struct Run {
    std::size_t task;
    Clock::time_point start;
  };

  mutable std::mutex mutex_;
  std::vector<double> costs_;                         // expected, by task
  std::vector<std::size_t> order_;                    // tasks, the most expensive first
  std::size_t given_out_ = 0;                         // of order_
  std::map<int, Run> running_;                        // by rank
  std::vector<std::optional<TaskOutcome>> outcomes_;  // by task
  std::size_t done_ = 0;
  std::size_t failed_ = 0;
  double cost_done_ = 0.0;
  int ranks_at_work_;
  std::uint64_t events_ = 0;
  bool keep_going_;
  bool interrupted_ = false;
};

}  // namespace musicmem::distributed
