// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "distributed/communicator.h"

#include <cstddef>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

namespace musicmem::distributed {

struct TaskOutcome {
  std::size_t task = 0;
  int rank = 0;  // that ran it
  bool succeeded = false;
  bool interrupted = false;  // it was asked to stop half way
  std::string message;       // the error's what(), empty on success
  double seconds = 0.0;
};

struct RunningTask {
  std::size_t task = 0;
  int rank = 0;
  double seconds = 0.0;  // so far
};

struct FarmProgress {
  std::size_t done = 0;  // ended, failed ones included
  std::size_t failed = 0;
  std::size_t total = 0;
  double cost_done = 0.0;  // expected costs of the tasks that have ended
  double cost_total = 0.0;
  std::vector<RunningTask> running;  // by rank
};

// Tasks that a whole group of ranks runs together, while the other ranks run tasks alone.
struct GroupWork {
  std::vector<bool> is_group_task;       // by task; empty: every rank runs every task alone
  std::vector<std::vector<int>> groups;  // ranks of each; a group task starts once all of a group are free
  // By rank: takes a task alone only when no task is left for groups; empty: none is so.
  std::vector<bool> groups_first = {};
};

struct FarmOptions {
  // Asked on every rank before each task, on the thread that called run_farm.
  // True: no rank begins another task.
  std::function<bool()> stop_requested = {};
  // Called on rank 0, one call at a time: about every 100 ms from a thread of the farm's own, and once at the
  // end from the caller's. If it throws, no rank begins another task, and run_farm on rank 0 throws it again
  // at the end.
  std::function<void(const FarmProgress&)> on_progress = {};
  // False: no rank begins another task after the first failure.
  bool keep_going = true;
  // As long as tasks for single ranks are left, the last of several groups runs those, so that both kinds go
  // on at the same time.
  GroupWork group_work = {};
  // By task: those, listed before it, that have to succeed before it begins. What comes after a task that fails is
  // never begun and has no outcome. Empty: every task may begin at once.
  std::vector<std::vector<std::size_t>> after = {};
};

struct FarmResult {
  std::size_t succeeded = 0;
  std::size_t failed = 0;
  bool interrupted = false;           // a rank asked to stop (or on_progress threw)
  std::vector<TaskOutcome> outcomes;  // of the tasks that ended, by task; on rank 0 alone
};

// Runs execute(task) once for each task 0 .. expected_costs.size() - 1, on whichever rank is free.
// Collective; the number of tasks must be the same everywhere, the costs (in any unit) count on rank 0 only.
// Of the tasks that may begin the most expensive goes first, equal ones by index.
//
// A group task is executed on every rank of the group; it has failed if it failed on any, with the message of
// the first to say so. Group tasks without a group to run them are an error: std::invalid_argument. A task
// that throws Interrupted has not ended; no rank begins another after.
//
// Ranks ask, rank 0 answers from a thread of its own and works as well; a single rank sends no messages. A
// task that throws a std::exception is recorded and the rest goes on; a CommunicationError is no task's fault
// and is thrown on. The communicator's deadline limits how long rank 0 waits without hearing from anyone (the
// error names the tasks that are running and their ranks), so it must be longer than the longest task; other
// ranks wait that long for a sign of life from rank 0.
FarmResult run_farm(Communicator& communicator, const std::vector<double>& expected_costs,
                    const std::function<void(std::size_t task)>& execute, const FarmOptions& options = {});

}  // namespace musicmem::distributed
