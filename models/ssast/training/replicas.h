// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "distributed/gradients/gradient_averager.h"
#include "models/ssast/network/ssast.h"
#include "models/ssast/training/optimizer.h"

#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace musicmem::models {

// Threads that work side by side, each computing on one core: where a batch is split over them, none waits
// for another within an operator.
class SideBySide {
 public:
  explicit SideBySide(std::size_t threads);
  ~SideBySide() = default;
  SideBySide(const SideBySide&) = delete;
  SideBySide& operator=(const SideBySide&) = delete;

  std::size_t size() const { return workers_.size() + 1; }

  // Runs work(0) .. work(size() - 1) at the same time, work(0) on the calling thread. Throws what the first
  // of them threw, once all have ended.
  void run(const std::function<void(std::size_t)>& work);

 private:
  void serve(std::size_t index, const std::stop_token& ending);
  void run_one(std::size_t index);

  std::mutex mutex_;
  std::condition_variable_any changed_;
  const std::function<void(std::size_t)>* work_ = nullptr;
  std::size_t round_ = 0;
  std::size_t busy_ = 0;
  std::vector<std::exception_ptr> errors_;
  std::vector<std::jthread> workers_;
};

// One model as often as there are threads: the replicas share their weights, each has gradients of its own.
// All trainable weights lie in one flat array, in the layout that their gradients are averaged in.
class SsastReplicas {
 public:
  // Takes the model over; it lies on its device already. The weights stay what they are.
  SsastReplicas(std::shared_ptr<Ssast> model, std::size_t replicas);

  Ssast& model(std::size_t replica = 0) { return *models_[replica]; }
  std::size_t size() const { return models_.size(); }

  // Of each replica, in the order of named_parameters().
  std::vector<distributed::GradientAverager::Parameters> parameters() const;
  const std::vector<std::string>& names() const { return names_; }
  const distributed::FlatLayout& layout() const { return layout_; }
  at::Tensor& values() { return values_; }

  // Where the head's learning rate holds, and where the backbone's.
  std::vector<RateRange> rate_ranges(double head_factor) const;

 private:
  distributed::GradientAverager::Parameters trainable(const Ssast& model) const;

  std::vector<std::shared_ptr<Ssast>> models_;
  std::vector<std::string> names_;
  distributed::FlatLayout layout_;
  at::Tensor values_;
};

}  // namespace musicmem::models
