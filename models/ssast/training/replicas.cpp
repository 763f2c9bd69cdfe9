// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/ssast/training/replicas.h"

#include <utility>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/GradMode.h>

namespace musicmem::models {

SideBySide::SideBySide(std::size_t threads) : errors_(threads) {
  for (std::size_t index = 1; index < threads; ++index)
    workers_.emplace_back([this, index](const std::stop_token& ending) { serve(index, ending); });
}

void SideBySide::run(const std::function<void(std::size_t)>& work) {
  {
    const std::lock_guard lock(mutex_);
    work_ = &work;
    busy_ = workers_.size();
    ++round_;
  }
  changed_.notify_all();
  run_one(0);
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return busy_ == 0; });
  for (std::exception_ptr& error : errors_) {
    if (!error) continue;
    const std::exception_ptr first = error;
    errors_.assign(errors_.size(), nullptr);
    std::rethrow_exception(first);
  }
}

void SideBySide::serve(std::size_t index, const std::stop_token& ending) {
  at::set_num_threads(1);
  std::size_t seen = 0;
  std::unique_lock lock(mutex_);
  for (;;) {
    if (!changed_.wait(lock, ending, [&] { return round_ != seen; })) return;
    seen = round_;
    lock.unlock();
    run_one(index);
    lock.lock();
    --busy_;
    changed_.notify_all();
  }
}

void SideBySide::run_one(std::size_t index) {
  try {
    (*work_)(index);
  } catch (...) {
    errors_[index] = std::current_exception();
  }
}

SsastReplicas::SsastReplicas(std::shared_ptr<Ssast> model, std::size_t replicas) {
  const c10::NoGradGuard no_grad;
  models_.push_back(std::move(model));
  Ssast& first = *models_.front();
  for (const auto& named : first.named_parameters()) {
    if (named.value().requires_grad()) names_.push_back(named.key());
  }
  const auto parameters = trainable(first);
  layout_ = distributed::FlatLayout::reversed(parameters);
  values_ = at::zeros({layout_.size}, parameters.front().options().requires_grad(false));
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    at::Tensor parameter = parameters[i];
    const at::Tensor place = values_.narrow(0, layout_.offset[i], layout_.count[i]).view(parameter.sizes());
    place.copy_(parameter);
    parameter.set_data(place);
  }
  for (std::size_t replica = 1; replica < replicas; ++replica) {
    models_.push_back(std::make_shared<Ssast>(first.shape(), std::nullopt));
    Ssast& copy = *models_.back();
    if (first.backbone_is_frozen()) copy.freeze_backbone();
    const auto originals = first.parameters();
    const auto aliases = copy.parameters();
    for (std::size_t i = 0; i < originals.size(); ++i) {
      at::Tensor alias = aliases[i];
      alias.set_data(originals[i].detach());
    }
  }
}

distributed::GradientAverager::Parameters SsastReplicas::trainable(const Ssast& model) const {
  distributed::GradientAverager::Parameters parameters;
  for (const at::Tensor& parameter : model.parameters()) {
    if (parameter.requires_grad()) parameters.push_back(parameter);
  }
  return parameters;
}

std::vector<distributed::GradientAverager::Parameters> SsastReplicas::parameters() const {
  std::vector<distributed::GradientAverager::Parameters> all;
  for (const auto& model : models_) all.push_back(trainable(*model));
  return all;
}

std::vector<RateRange> SsastReplicas::rate_ranges(double head_factor) const {
  std::vector<RateRange> ranges;
  for (std::size_t i = names_.size(); i-- > 0;) {
    const double factor = names_[i].starts_with("mlp_head.") ? head_factor : 1.0;
    const std::int64_t end = i == 0 ? layout_.size : layout_.offset[i - 1];
    if (ranges.empty() || ranges.back().factor != factor) ranges.push_back({layout_.offset[i], end, factor});
    ranges.back().end = end;
  }
  return ranges;
}

}  // namespace musicmem::models
