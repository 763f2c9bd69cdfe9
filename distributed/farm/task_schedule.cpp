// SPDX-License-Identifier: GPL-3.0-or-later
#include "distributed/farm/task_schedule.h"

#include <algorithm>
#include <cassert>
#include <numeric>
#include <stdexcept>
#include <utility>

namespace musicmem::distributed {

TaskSchedule::TaskSchedule(const std::vector<double>& expected_costs, int ranks, bool keep_going,
                           const GroupWork& group_work, const std::vector<std::vector<std::size_t>>& after)
    : costs_(expected_costs),
      is_group_task_(group_work.is_group_task),
      followers_(expected_costs.size()),
      held_by_(expected_costs.size(), 0),
      groups_(group_work.groups),
      group_of_(static_cast<std::size_t>(ranks)),
      groups_first_(group_work.groups_first),
      outcomes_(expected_costs.size()),
      ranks_at_work_(ranks),
      keep_going_(keep_going) {
  is_group_task_.resize(expected_costs.size(), false);
  groups_first_.resize(static_cast<std::size_t>(ranks), false);
  hold(after);
  for (std::size_t group = 0; group < groups_.size(); ++group) {
    for (const int rank : groups_[group]) group_of_[static_cast<std::size_t>(rank)] = group;
  }
  if (!together_.over() && groups_.empty()) {
    throw std::invalid_argument("there are tasks for groups of ranks, but no group");
  }
}

void TaskSchedule::hold(const std::vector<std::vector<std::size_t>>& after) {
  for (std::size_t task = 0; task < after.size(); ++task) {
    for (const std::size_t first : after[task]) {
      if (first >= task) throw std::invalid_argument("a task comes after one that is listed behind it");
      followers_[first].push_back(task);
      ++held_by_[task];
    }
  }
  for (std::size_t task = 0; task < costs_.size(); ++task) {
    if (held_by_[task] == 0) {
      make_ready(task);
    } else {
      ++queue_of(task).held;
    }
  }
}

// What comes after a task that failed is never begun, nor what comes after that.
void TaskSchedule::release_followers(std::size_t task, bool succeeded) {
  for (const std::size_t follower : followers_[task]) {
    if (held_by_[follower] == 0) continue;  // given up already
    held_by_[follower] = succeeded ? held_by_[follower] - 1 : 0;
    if (held_by_[follower] > 0) continue;
    --queue_of(follower).held;
    if (succeeded) {
      make_ready(follower);
    } else {
      release_followers(follower, false);
    }
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
    if (group && !together_.ready.empty() && takes_group_tasks(*group)) return next_for_group(rank, *group);
    if (!alone_.ready.empty() && takes_tasks_alone(index)) {
      waiting_.erase(rank);
      return give(rank, alone_.take());
    }
    if (alone_.held > 0 || (group && together_.held > 0)) {
      waiting_.erase(rank);
      return {Next::Kind::wait, 0};
    }
  }
  waiting_.erase(rank);
  ++events_;
  --ranks_at_work_;
  return {};
}

// All but the last of several groups, as long as there are tasks for single ranks that nobody else would run.
bool TaskSchedule::takes_group_tasks(std::size_t group) const {
  if (alone_.ready.empty() || groups_.size() == 1 || group + 1 < groups_.size()) return true;
  for (std::size_t rank = 0; rank < group_of_.size(); ++rank) {
    if (!group_of_[rank] && !groups_first_[rank]) return true;
  }
  return groups_first_[static_cast<std::size_t>(groups_[group].front())];
}

bool TaskSchedule::takes_tasks_alone(std::size_t rank) const {
  return !groups_first_[rank] || together_.over();
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
  release_followers(task, outcome.succeeded);
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
  FarmResult result{done_ - failed_, failed_, interrupted_, {}};
  for (const auto& outcome : outcomes_) {
    if (outcome) result.outcomes.push_back(*outcome);
  }
  return result;
}

}  // namespace musicmem::distributed
