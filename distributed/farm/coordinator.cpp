// SPDX-License-Identifier: GPL-3.0-or-later
#include "distributed/farm/coordinator.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <fmt/ranges.h>

namespace musicmem::distributed {
namespace {

constexpr auto report_interval = std::chrono::milliseconds(100);
constexpr std::chrono::duration<double> longest_sign_interval = std::chrono::seconds(1);
constexpr const char* step = "handing out tasks";

// Several signs of life fit into one deadline.
std::chrono::duration<double> sign_interval(std::chrono::duration<double> deadline) {
  if (deadline.count() <= 0) return longest_sign_interval;
  return std::min(deadline / 4, longest_sign_interval);
}

std::string tasks_and_ranks(const FarmProgress& progress) {
  if (progress.running.empty()) return "ranks that never asked for a task";
  std::vector<std::string> texts;
  for (const RunningTask& task : progress.running)
    texts.push_back(fmt::format("task {} on rank {}", task.task, task.rank));
  return fmt::format("{}", fmt::join(texts, ", "));
}

}  // namespace

FarmCoordinator::FarmCoordinator(std::unique_ptr<Communicator> channel, TaskSchedule& schedule, Report report)
    : channel_(std::move(channel)),
      schedule_(schedule),
      report_(std::move(report)),
      last_report_(Wait::Clock::now()),
      last_sign_(last_report_) {
  if (channel_ || report_) thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

FarmCoordinator::~FarmCoordinator() = default;

void FarmCoordinator::finish() {
  if (!channel_) thread_.request_stop();
  if (thread_.joinable()) thread_.join();
  if (error_) std::rethrow_exception(error_);
  report_now();
  if (report_error_) std::rethrow_exception(report_error_);
}

void FarmCoordinator::run(const std::stop_token& stop) {
  try {
    if (channel_) {
      serve(stop);
    } else {
      report_until_stopped(stop);
    }
  } catch (...) {
    error_ = std::current_exception();
    schedule_.stop();
  }
}

void FarmCoordinator::report_until_stopped(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any stopped;
  std::unique_lock lock(mutex);
  while (!stopped.wait_for(lock, stop, report_interval, [&] { return stop.stop_requested(); })) report_now();
}

void FarmCoordinator::serve(const std::stop_token& stop) {
  Wait wait(channel_->deadline());
  std::uint64_t events_seen = 0;
  while (!schedule_.over()) {
    if (stop.stop_requested()) return;
    const bool answered = answer_one();
    answer_waiting();
    if (const std::uint64_t events = schedule_.events(); events != events_seen) {
      events_seen = events;
      wait.restart();
    }
    report_if_due();
    send_sign_of_life();
    if (wait.expired()) give_up(wait);
    if (!answered) wait.pause();
  }
  reply_to_idle({Reply::Kind::finished, 0, schedule_.result()});
}

// False if no rank has asked.
bool FarmCoordinator::answer_one() {
  auto message = channel_->try_receive(ask_tag);
  if (!message) return false;

  TaskRequest request = decode_request(message->bytes);
  if (request.stop) schedule_.stop();
  if (request.outcome) schedule_.finished(std::move(*request.outcome));
  answer(message->source);
  return true;
}

void FarmCoordinator::answer(int rank) {
  const TaskSchedule::Next next = schedule_.next(rank);
  if (next.kind == TaskSchedule::Next::Kind::task) {
    channel_->send(encode(Reply{Reply::Kind::task, next.task, {}}), rank, reply_tag, step);
  } else if (next.kind == TaskSchedule::Next::Kind::wait) {
    waiting_ranks_.push_back(rank);
  } else {
    idle_ranks_.push_back(rank);
  }
}

void FarmCoordinator::answer_waiting() {
  for (const int rank : std::exchange(waiting_ranks_, {})) answer(rank);
}

void FarmCoordinator::reply_to_idle(const Reply& reply) {
  const std::string bytes = encode(reply);
  for (const int rank : idle_ranks_) channel_->send(bytes, rank, reply_tag, step);
}

void FarmCoordinator::send_sign_of_life() {
  const auto now = Wait::Clock::now();
  if (now - last_sign_ < sign_interval(channel_->deadline())) return;
  last_sign_ = now;
  const Reply alive{Reply::Kind::still_running, 0, {}};
  reply_to_idle(alive);
  for (const int rank : waiting_ranks_) channel_->send(encode(alive), rank, reply_tag, step);
}

void FarmCoordinator::report_if_due() {
  if (Wait::Clock::now() - last_report_ >= report_interval) report_now();
}

void FarmCoordinator::report_now() {
  if (!report_ || report_error_) return;
  try {
    report_(schedule_.progress());
  } catch (...) {
    report_error_ = std::current_exception();
    schedule_.stop();
  }
  last_report_ = Wait::Clock::now();
}

void FarmCoordinator::give_up(const Wait& wait) const {
  throw TimeoutError(step, channel_->rank(), CommunicationError::every_rank, wait.waited(),
                     tasks_and_ranks(schedule_.progress()));
}

}  // namespace musicmem::distributed
