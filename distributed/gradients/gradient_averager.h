// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "distributed/gradients/gradient_exchange.h"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

namespace musicmem::distributed {

// Where each parameter's values lie in one flat array: the last parameter first, which is the order in which
// the backward pass finishes gradients. Every parameter begins at a multiple of 64 bytes.
struct FlatLayout {
  std::vector<std::int64_t> offset;  // by parameter, in floats
  std::vector<std::int64_t> count;   // by parameter
  std::int64_t size = 0;             // of the flat array

  static FlatLayout reversed(const std::vector<at::Tensor>& parameters);
};

// Consecutive parameters of a flat layout that travel together.
struct Bucket {
  std::int64_t begin = 0;  // in floats
  std::int64_t end = 0;
  std::size_t parameters = 0;
};

// Cuts the flat array into buckets of at most `cap_bytes`, but of one parameter at least.
std::vector<Bucket> cut_buckets(const FlatLayout& layout, std::size_t cap_bytes);

// Time that sums were on their way, and how much of it passed while the backward pass was running.
struct ExchangeTimes {
  double exchanging_seconds = 0.0;
  double inside_backward_seconds = 0.0;
};

// Sums the gradients of one model over the ranks of a group, and over replicas of the model within a rank,
// while the backward pass goes on. The mean over a batch follows when every loss is divided by the number of
// rows of the whole batch, whatever each rank's share of it.
//
// A step: zero(), backward passes that only add up, arm(), the last backward pass of every replica, finish().
// While armed, a bucket is sent as soon as every replica has accumulated each of its gradients. Replicas are
// summed in order, so that the result does not depend on which was first.
class GradientAverager {
 public:
  static constexpr std::size_t default_bucket_bytes = std::size_t{25} << 20;

  using Parameters = std::vector<at::Tensor>;  // leaves that require a gradient, float32, on one device

  // Makes every parameter's gradient a view of one flat array per replica. All replicas have the same
  // shapes. The same on every rank.
  GradientAverager(std::vector<Parameters> replicas, std::unique_ptr<GradientExchange> exchange,
                   std::size_t bucket_bytes = default_bucket_bytes);
  // The parameters must not see another backward pass after.
  ~GradientAverager();
  GradientAverager(const GradientAverager&) = delete;
  GradientAverager& operator=(const GradientAverager&) = delete;

  const FlatLayout& layout() const { return layout_; }
  std::size_t buckets() const { return buckets_.size(); }
  // The sums, after finish().
  at::Tensor flat_gradient() const { return flat_.front(); }

  // Begins a step: nothing is sent yet.
  void zero();
  void arm();
  // Sends what no backward pass of this step has sent (gradients of parameters that took no part are zero)
  // and waits: a rank whose step failed, even before arm(), calls it too, so that its peers get their sums.
  void finish(const std::string& what);

  // Since the last call of this function.
  ExchangeTimes take_times();

 private:
  using Clock = std::chrono::steady_clock;

  void install_hooks(const Parameters& parameters);
  void gradient_ready(std::size_t parameter);
  void bucket_ready(std::size_t bucket);
  void send_ready();
  void sum_replicas(const Bucket& bucket);
  void send(const Bucket& bucket);

  std::vector<Parameters> replicas_;
  std::unique_ptr<GradientExchange> exchange_;
  FlatLayout layout_;
  std::vector<Bucket> buckets_;
  std::vector<std::size_t> bucket_of_;               // by parameter
  std::vector<at::Tensor> flat_;                     // by replica
  std::vector<std::shared_ptr<void>> accumulators_;  // that carry the hooks
  std::vector<std::atomic<std::size_t>> missing_;    // gradients by bucket
  std::shared_ptr<std::atomic<bool>> armed_;         // hooks may outlive the averager
  std::mutex mutex_;
  std::vector<bool> ready_;  // by bucket
  std::size_t next_ = 0;     // bucket to send: they go in order
  Clock::time_point armed_at_;
  ExchangeTimes times_;
};

}  // namespace musicmem::distributed
