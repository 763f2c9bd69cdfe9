// SPDX-License-Identifier: GPL-3.0-or-later
#include "distributed/farm/task_schedule.h"

#include <algorithm>
#include <cassert>
#include <numeric>
#include <stdexcept>
#include <utility>

namespace musicmem::distributed {

TaskSchedule::TaskSchedule(const std::vector<double>& expected_costs, int ranks, bool keep_going,
                           const GroupWork& group_work)
    : costs_(expected_costs),
      is_group_task_(group_work.is_group_task),
      groups_(group_work.groups),
      group_of_(static_cast<std::size_t>(ranks)),
      only_in_groups_(group_work.only_in_groups),
      outcomes_(expected_costs.size()),
      ranks_at_work_(ranks),
      keep_going_(keep_going) {
  is_group_task_.resize(expected_costs.size(), false);
  only_in_groups_.resize(static_cast<std::size_t>(ranks), false);
  std::vector<std::size_t> order(expected_costs.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return expected_costs[a] > expected_costs[b]; });
  for (const std::size_t task : order) (is_group_task_[task] ? together_ : alone_).order.push_back(task);
  for (std::size_t group = 0; group < groups_.size(); ++group) {
    for (const int rank : groups_[group]) group_of_[static_cast<std::size_t>(rank)] = group;
  }
  if (!together_.empty() && groups_.empty()) {
    throw std::invalid_argument("there are tasks for groups of ranks, but no group");
  }
  if (!alone_.empty() &&
      std::find(only_in_groups_.begin(), only_in_groups_.end(), false) == only_in_groups_.end()) {
    throw std::invalid_argument("there are tasks for single ranks, but every rank works in a group only");
  }
}

TaskSchedule::Next TaskSchedule::next(int rank) {
  const std::lock_guard lock(mutex_);
  assert(!running_.contains(rank));
  if (const auto call = called_.find(rank); call != called_.end()) {
    const std::size_t task = call->second;
    called_.erase(call);
    return give(rank, task);
  }
  const auto index = static_cast<std::size_t>(rank);
  if (!interrupted_ && (failed_ == 0 || keep_going_)) {
    const auto group = group_of_[index];
    if (group && !together_.empty() && takes_group_tasks(*group)) return next_for_group(rank, *group);
    if (!alone_.empty() && !only_in_groups_[index]) {
      waiting_.erase(rank);
      return give(rank, alone_.take());
    }
  }
  waiting_.erase(rank);
  ++events_;
  --ranks_at_work_;
  return {};
}

// All but the last of several groups, as long as there are tasks for single ranks that nobody else would run.
bool TaskSchedule::takes_group_tasks(std::size_t group) const {
  if (alone_.empty() || groups_.size() == 1 || group + 1 < groups_.size()) return true;
  for (std::size_t rank = 0; rank < group_of_.size(); ++rank) {
    if (!group_of_[rank] && !only_in_groups_[rank]) return true;
  }
  return only_in_groups_[static_cast<std::size_t>(groups_[group].front())];
}

TaskSchedule::Next TaskSchedule::next_for_group(int rank, std::size_t group) {
  if (waiting_.insert(rank).second) ++events_;
  const std::vector<int>& members = groups_[group];
  const auto waits = [&](int member) { return waiting_.contains(member); };
  if (!std::all_of(members.begin(), members.end(), waits)) return {Next::Kind::wait, 0};
  const std::size_t task = together_.take();
  gathering_[task] = {0, TaskOutcome{task, members.front(), true, false, "", 0.0}};
  for (const int member : members) {
    waiting_.erase(member);
    if (member != rank) called_[member] = task;
  }
  return give(rank, task);
}

TaskSchedule::Next TaskSchedule::give(int rank, std::size_t task) {
  ++events_;
  running_[rank] = {task, Clock::now()};
  return {Next::Kind::task, task};
}

std::size_t TaskSchedule::ranks_of(std::size_t task) const {
  return is_group_task_[task] ? groups_.front().size() : 1;
}

void TaskSchedule::finished(TaskOutcome outcome) {
  const std::lock_guard lock(mutex_);
  ++events_;
  running_.erase(outcome.rank);
  const std::size_t task = outcome.task;
  if (is_group_task_[task]) {
    auto& [members, whole] = gathering_.at(task);
    if (whole.succeeded && !outcome.succeeded) whole.message = outcome.message;
    whole.succeeded = whole.succeeded && outcome.succeeded;
    whole.interrupted = whole.interrupted || outcome.interrupted;
    whole.seconds = std::max(whole.seconds, outcome.seconds);
    if (++members < ranks_of(task)) return;
    outcome = whole;
    gathering_.erase(task);
  }
  if (outcome.interrupted) {
    interrupted_ = true;
    return;
  }
  ++done_;
  cost_done_ += costs_.at(task);
  if (!outcome.succeeded) ++failed_;
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
      done_, failed_, outcomes_.size(), cost_done_, std::accumulate(costs_.begin(), costs_.end(), 0.0), {}};
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
