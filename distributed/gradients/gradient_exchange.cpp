// SPDX-License-Identifier: GPL-3.0-or-later
#include "distributed/gradients/gradient_exchange.h"

#include "distributed/wait.h"

#include <utility>

namespace musicmem::distributed {
namespace {

// Between two looks at a sum: short against a slice's way, long against a look.
constexpr auto look_interval = std::chrono::microseconds(100);

// The owner gave up while a sum was on its way.
struct GivenUp {};

}  // namespace

HostExchange::HostExchange(Communicator& group)
    : channel_(group.duplicate()), thread_([this](const std::stop_token& stop) { run(stop); }) {}

HostExchange::~HostExchange() {
  thread_.request_stop();
  thread_.join();
}

void HostExchange::start(std::span<float> slice, std::shared_ptr<void> memory) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back({slice, std::move(memory)});
  }
  changed_.notify_all();
}

void HostExchange::finish(const std::string& what) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return waiting_.empty() || error_; });
  if (!error_) return;
  try {
    std::rethrow_exception(error_);
  } catch (const TimeoutError& error) {
    throw TimeoutError(what + ", " + error.operation(), error.rank(), error.peer(), error.waited());
  }
}

std::vector<ExchangeInterval> HostExchange::take_intervals() {
  const std::lock_guard lock(mutex_);
  return std::exchange(intervals_, {});
}

void HostExchange::run(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  try {
    while (changed_.wait(lock, stop, [&] { return !waiting_.empty(); })) {
      const Slice slice = waiting_.front();
      lock.unlock();
      ExchangeInterval interval{Wait::Clock::now(), {}};
      sum(slice, stop);
      interval.end = Wait::Clock::now();
      lock.lock();
      intervals_.push_back(interval);
      waiting_.pop_front();
      changed_.notify_all();
    }
  } catch (const GivenUp&) {
  } catch (...) {
    lock.lock();
    error_ = std::current_exception();
    changed_.notify_all();
  }
}

void HostExchange::sum(const Slice& slice, const std::stop_token& stop) {
  const std::string what = "slice " + std::to_string(slices_summed_++) + " of the gradients";
  const auto sum = channel_->start_sum(slice.values, slice.memory);
  const Wait wait(channel_->deadline());
  while (!sum->test()) {
    if (stop.stop_requested()) throw GivenUp{};
    if (wait.expired()) {
      throw TimeoutError(what, channel_->rank(), CommunicationError::every_rank, wait.waited());
    }
    std::this_thread::sleep_for(look_interval);
  }
}

}  // namespace musicmem::distributed
