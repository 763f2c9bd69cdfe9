// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "distributed/farm/task_farm.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace musicmem::distributed {

// Who runs what: the state of one farm, kept by rank 0. Knows nothing of messages;
// safe to call from several threads.
class TaskSchedule {
 public:
  // `after`: of FarmOptions.
  TaskSchedule(const std::vector<double>& expected_costs, int ranks, bool keep_going,
               const GroupWork& group_work = {}, const std::vector<std::vector<std::size_t>>& after = {});

  // What a rank that is free is to do: the most expensive task that may begin; wait and ask again, until the other
  // ranks of its group are free as well or what a task comes after has ended; or nothing any more, for good.
  struct Next {
    enum class Kind { task, wait, nothing };
    Kind kind = Kind::nothing;
    std::size_t task = 0;
  };
  Next next(int rank);
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

  // Tasks of one kind that are not begun.
  struct Queue {
    std::set<std::pair<double, std::size_t>> ready;  // by falling cost, then by index
    std::size_t held = 0;                            // that wait for others to end

    bool over() const { return ready.empty() && held == 0; }
    std::size_t take() { return ready.extract(ready.begin()).value().second; }
  };

  Queue& queue_of(std::size_t task) { return is_group_task_[task] ? together_ : alone_; }
  void make_ready(std::size_t task) { queue_of(task).ready.emplace(-costs_[task], task); }
  void hold(const std::vector<std::vector<std::size_t>>& after);
  void release_followers(std::size_t task, bool succeeded);
  bool takes_group_tasks(std::size_t group) const;
  bool takes_tasks_alone(std::size_t rank) const;
  Next next_for_group(int rank, std::size_t group);
  Next give(int rank, std::size_t task);
  std::size_t ranks_of(std::size_t task) const;

  mutable std::mutex mutex_;
  std::vector<double> costs_;                        // expected, by task
  Queue alone_;                                      // tasks for one rank
  Queue together_;                                   // and for a group
  std::vector<bool> is_group_task_;                  // by task
  std::vector<std::vector<std::size_t>> followers_;  // by task: those that come after it
  std::vector<std::size_t> held_by_;                 // by task: how many others it still waits for
  std::vector<std::vector<int>> groups_;
  std::vector<std::optional<std::size_t>> group_of_;  // by rank
  std::vector<bool> groups_first_;                    // by rank
  std::set<int> waiting_;                             // ranks that wait for their group
  std::map<int, std::size_t> called_;                 // tasks for ranks whose group has met meanwhile
  std::map<std::size_t, std::pair<std::size_t, TaskOutcome>>
      gathering_;                                     // group tasks: members that ended, and how
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
