// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "distributed/communicator.h"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <span>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace musicmem::distributed {

// When one slice was on its way.
struct ExchangeInterval {
  std::chrono::steady_clock::time_point begin;
  std::chrono::steady_clock::time_point end;
};

// A sum that failed, as every rank of the group has heard: the group's own communicator is still fit for use.
class ExchangeFailed : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Sums slices of a gradient over a group of ranks while the backward pass goes on. Every rank starts slices
// of the same lengths in the same order.
class GradientExchange {
 public:
  virtual ~GradientExchange() = default;

  // Begins to replace a slice by its sum over the ranks; returns at once. One call at a time, from any
  // thread. `memory` owns the slice.
  virtual void start(std::span<float> slice, std::shared_ptr<void> memory) = 0;

  // Returns once every slice that was started holds its sum. `what` names the step in errors. After an error
  // the exchange is of no more use: ExchangeFailed is thrown on every rank; after anything else the other
  // ranks may wait in vain, and the job has to end.
  virtual void finish(const std::string& what) = 0;

  // Of the slices since the last call of this function, in order.
  virtual std::vector<ExchangeInterval> take_intervals() = 0;
};

// For a group of one rank, where every slice is its sum already.
class NoExchange final : public GradientExchange {
 public:
  void start(std::span<float> /*slice*/, std::shared_ptr<void> /*memory*/) override {}
  void finish(const std::string& /*what*/) override {}
  std::vector<ExchangeInterval> take_intervals() override { return {}; }
};

// In the memory of the host: a thread with a communicator of its own starts each sum and keeps testing it
// with short sleeps, which makes MPI go on, keeps the deadline and hears of ranks that failed.
class HostExchange final : public GradientExchange {
 public:
  // Collective: duplicates the group's communicator.
  explicit HostExchange(Communicator& group);
  ~HostExchange() override;
  HostExchange(const HostExchange&) = delete;
  HostExchange& operator=(const HostExchange&) = delete;

  void start(std::span<float> slice, std::shared_ptr<void> memory) override;
  void finish(const std::string& what) override;
  std::vector<ExchangeInterval> take_intervals() override;

 private:
  struct Slice {
    std::span<float> values;
    std::shared_ptr<void> memory;
  };

  void run(const std::stop_token& stop);
  void sum(const Slice& slice, const std::stop_token& stop);

  std::unique_ptr<Communicator> channel_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Slice> waiting_;  // the first is on its way
  std::vector<ExchangeInterval> intervals_;
  std::exception_ptr error_;
  std::uint64_t slices_summed_ = 0;
  std::jthread thread_;
};

}  // namespace musicmem::distributed
