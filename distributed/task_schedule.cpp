// SPDX-License-Identifier: GPL-3.0-or-later
#include "distributed/task_schedule.h"

#include <algorithm>
#include <cassert>
#include <numeric>
#include <utility>

namespace musicmem::distributed {

TaskSchedule::TaskSchedule(const std::vector<double>& expected_costs, int ranks, bool keep_going)
    : costs_(expected_costs),
      order_(expected_costs.size()),
      outcomes_(expected_costs.size()),
      ranks_at_work_(ranks),
      keep_going_(keep_going) {
  std::iota(order_.begin(), order_.end(), std::size_t{0});
  std::stable_sort(order_.begin(), order_.end(),
                   [&](std::size_t a, std::size_t b) { return expected_costs[a] > expected_costs[b]; });
}

std::optional<std::size_t> TaskSchedule::next(int rank) {
  const std::lock_guard lock(mutex_);
  assert(!running_.contains(rank));
  ++events_;
  const bool ended = interrupted_ || (failed_ > 0 && !keep_going_);
  if (ended || given_out_ == order_.size()) {
    --ranks_at_work_;
    return std::nullopt;
  }
  const std::size_t task = order_[given_out_++];
  running_[rank] = {task, Clock::now()};
  return task;
}

void TaskSchedule::finished(TaskOutcome outcome) {
  const std::lock_guard lock(mutex_);
  ++events_;
  ++done_;
  if (!outcome.succeeded) ++failed_;
  running_.erase(outcome.rank);
  const std::size_t task = outcome.task;
  cost_done_ += costs_.at(task);
  outcomes_.at(task) = std::move(outcome);
}

void TaskSchedule::stop() {
  const std::lock_guard lock(mutex_);
  interrupted_ = true;
}

bool TaskSchedule::over() const {
  const std::lock_guard lock(mutex_);
  return ranks_at_work_ == 0;
}

std::uint64_t TaskSchedule::events() const {
  const std::lock_guard lock(mutex_);
  return events_;
}

FarmProgress TaskSchedule::progress() const {
  const std::lock_guard lock(mutex_);
  FarmProgress progress{
      done_, failed_, order_.size(), cost_done_, std::accumulate(costs_.begin(), costs_.end(), 0.0), {}};
  const auto now = Clock::now();
  for (const auto& [rank, run] : running_) {
    progress.running.push_back({run.task, rank, std::chrono::duration<double>(now - run.start).count()});
  }
  return progress;
}

FarmResult TaskSchedule::result() const {
  const std::lock_guard lock(mutex_);
  FarmResult result{{}, interrupted_};
  for (const auto& outcome : outcomes_) {
    if (outcome) result.outcomes.push_back(*outcome);
  }
  return result;
}

}  // namespace musicmem::distributed
