// SPDX-License-Identifier: GPL-3.0-or-later
#include "distributed/gradients/gradient_averager.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/utils/lambda_post_hook.h>
#include <torch/csrc/autograd/variable.h>

namespace musicmem::distributed {
namespace {

using torch::autograd::variable_list;

constexpr std::int64_t alignment = 64 / sizeof(float);

std::int64_t aligned(std::int64_t count) {
  return (count + alignment - 1) / alignment * alignment;
}

// Parameters by their place in the flat array.
std::vector<std::size_t> in_flat_order(const FlatLayout& layout) {
  std::vector<std::size_t> order(layout.offset.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = order.size() - 1 - i;
  return order;
}

double seconds_between(std::chrono::steady_clock::time_point begin,
                       std::chrono::steady_clock::time_point end) {
  return std::max(0.0, std::chrono::duration<double>(end - begin).count());
}

}  // namespace

FlatLayout FlatLayout::reversed(const std::vector<at::Tensor>& parameters) {
  FlatLayout layout;
  layout.offset.resize(parameters.size());
  layout.count.resize(parameters.size());
  for (std::size_t i = parameters.size(); i-- > 0;) {
    layout.offset[i] = layout.size;
    layout.count[i] = parameters[i].numel();
    layout.size += aligned(layout.count[i]);
  }
  return layout;
}

std::vector<Bucket> cut_buckets(const FlatLayout& layout, std::size_t cap_bytes) {
  const auto cap = static_cast<std::int64_t>(cap_bytes / sizeof(float));
  std::vector<Bucket> buckets;
  for (const std::size_t parameter : in_flat_order(layout)) {
    const std::int64_t begin = layout.offset[parameter];
    const std::int64_t end = begin + aligned(layout.count[parameter]);
    if (buckets.empty() || end - buckets.back().begin > cap) buckets.push_back({begin, begin, 0});
    buckets.back().end = end;
    ++buckets.back().parameters;
  }
  return buckets;
}

GradientAverager::GradientAverager(std::vector<Parameters> replicas,
                                   std::unique_ptr<GradientExchange> exchange, std::size_t bucket_bytes)
    : replicas_(std::move(replicas)),
      exchange_(std::move(exchange)),
      layout_(FlatLayout::reversed(replicas_.front())),
      buckets_(cut_buckets(layout_, bucket_bytes)),
      bucket_of_(layout_.offset.size()),
      missing_(buckets_.size()),
      armed_(std::make_shared<std::atomic<bool>>(false)),
      ready_(buckets_.size(), false) {
  std::size_t bucket = 0;
  for (const std::size_t parameter : in_flat_order(layout_)) {
    while (layout_.offset[parameter] >= buckets_[bucket].end) ++bucket;
    bucket_of_[parameter] = bucket;
  }
  for (const Parameters& parameters : replicas_) {
    assert(parameters.size() == layout_.offset.size());
    flat_.push_back(at::zeros({layout_.size}, parameters.front().options().requires_grad(false)));
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      at::Tensor parameter = parameters[i];
      parameter.mutable_grad() =
          flat_.back().narrow(0, layout_.offset[i], layout_.count[i]).view(parameter.sizes());
    }
    install_hooks(parameters);
  }
}

GradientAverager::~GradientAverager() {
  *armed_ = false;
}

void GradientAverager::install_hooks(const Parameters& parameters) {
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const auto accumulator = torch::autograd::impl::grad_accumulator(parameters[i]);
    accumulator->add_post_hook(std::make_unique<torch::autograd::utils::LambdaPostHook>(
        [this, armed = armed_, i](const variable_list& outputs, const variable_list& /*inputs*/) {
          if (*armed) gradient_ready(i);
          return outputs;
        }));
    accumulators_.push_back(accumulator);
  }
}

void GradientAverager::zero() {
  const c10::NoGradGuard no_grad;
  *armed_ = false;
  for (std::size_t b = 0; b < buckets_.size(); ++b) missing_[b] = buckets_[b].parameters * replicas_.size();
  std::fill(ready_.begin(), ready_.end(), false);
  next_ = 0;
  for (at::Tensor& flat : flat_) flat.zero_();
}

void GradientAverager::arm() {
  armed_at_ = Clock::now();
  *armed_ = true;
}

// On the thread of a backward pass.
void GradientAverager::gradient_ready(std::size_t parameter) {
  const std::size_t bucket = bucket_of_[parameter];
  if (--missing_[bucket] == 0) bucket_ready(bucket);
}

void GradientAverager::bucket_ready(std::size_t bucket) {
  sum_replicas(buckets_[bucket]);
  const std::lock_guard lock(mutex_);
  ready_[bucket] = true;
  send_ready();
}

// A bucket counts as sent once send() has returned: finish() tries again what an exception cut off.
void GradientAverager::send_ready() {
  while (next_ < buckets_.size() && ready_[next_]) {
    send(buckets_[next_]);
    ++next_;
  }
}

void GradientAverager::sum_replicas(const Bucket& bucket) {
  const c10::NoGradGuard no_grad;
  at::Tensor sum = flat_.front().narrow(0, bucket.begin, bucket.end - bucket.begin);
  for (std::size_t r = 1; r < flat_.size(); ++r) {
    sum.add_(flat_[r].narrow(0, bucket.begin, bucket.end - bucket.begin));
  }
}

void GradientAverager::send(const Bucket& bucket) {
  const auto count = static_cast<std::size_t>(bucket.end - bucket.begin);
  exchange_->start({flat_.front().data_ptr<float>() + bucket.begin, count},
                   std::make_shared<at::Tensor>(flat_.front()));
}

void GradientAverager::finish(const std::string& what) {
  const Clock::time_point backward_end = Clock::now();
  *armed_ = false;
  for (std::size_t b = 0; b < buckets_.size(); ++b) {
    if (!ready_[b]) bucket_ready(b);
  }
  {
    const std::lock_guard lock(mutex_);
    send_ready();
  }
  exchange_->finish(what);
  for (const ExchangeInterval& interval : exchange_->take_intervals()) {
    times_.exchanging_seconds += seconds_between(interval.begin, interval.end);
    times_.inside_backward_seconds +=
        seconds_between(std::max(interval.begin, armed_at_), std::min(interval.end, backward_end));
  }
}

ExchangeTimes GradientAverager::take_times() {
  return std::exchange(times_, {});
}

}  // namespace musicmem::distributed
