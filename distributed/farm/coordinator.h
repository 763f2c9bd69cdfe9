// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "distributed/communicator.h"
#include "distributed/farm/messages.h"
#include "distributed/farm/task_schedule.h"
#include "distributed/wait.h"

#include <chrono>
#include <condition_variable>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

namespace musicmem::distributed {

// Rank 0's thread: answers the other ranks from the schedule and reports progress.
//
// An error in the thread stops the schedule, so that rank 0 soon runs out of work, and is thrown by finish().
// A farm of one rank that reports no progress has no thread.
class FarmCoordinator {
 public:
  using Report = std::function<void(const FarmProgress&)>;

  // `channel` is empty for a farm of one rank. `report` may be empty. The
  // schedule must outlive the coordinator.
  FarmCoordinator(std::unique_ptr<Communicator> channel, TaskSchedule& schedule, Report report);
  // Without finish(), which means that rank 0 fails: ends the thread and leaves the
  // other ranks without an answer.
  ~FarmCoordinator();
  FarmCoordinator(const FarmCoordinator&) = delete;
  FarmCoordinator& operator=(const FarmCoordinator&) = delete;

  // For rank 0 when it is out of work: waits until all ranks are, gives them the
  // result, reports for the last time.
  void finish();

 private:
  void run(const std::stop_token& stop);
  void report_until_stopped(const std::stop_token& stop);
  void serve(const std::stop_token& stop);
  bool answer_one();
  void answer(int rank);
  void answer_waiting();
  void reply_to_idle(const Reply& reply);
  void send_sign_of_life();
  void report_if_due();
  void report_now();
  [[noreturn]] void give_up(const Wait& wait) const;

  std::unique_ptr<Communicator> channel_;
  TaskSchedule& schedule_;
  Report report_;
  std::vector<int> idle_ranks_;     // that wait for the end
  std::vector<int> waiting_ranks_;  // that wait for their group, or for what a task comes after
  Wait::Clock::time_point last_report_;
  Wait::Clock::time_point last_sign_;
  std::exception_ptr error_;         // of the thread
  std::exception_ptr report_error_;  // of the callback
  std::jthread thread_;
};

}  // namespace musicmem::distributed
