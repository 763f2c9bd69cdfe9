// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/ssast/training/state.h"

#include "config/error.h"
#include "distributed/wire.h"
#include "models/ssast/network/weights.h"

#include <cassert>
#include <cstring>
#include <tuple>
#include <utility>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

namespace musicmem::models {
namespace {

std::string bytes_of(const at::Tensor& tensor) {
  const at::Tensor here = tensor.detach().to(at::kCPU).contiguous();
  return {static_cast<const char*>(here.data_ptr()), here.nbytes()};
}

void copy_from_bytes(const at::Tensor& tensor, const std::string& bytes) {
  at::Tensor here = at::empty(tensor.sizes(), at::kFloat);
  assert(bytes.size() == here.nbytes());
  std::memcpy(here.data_ptr(), bytes.data(), here.nbytes());
  tensor.detach().copy_(here);
}

}  // namespace

SsastState::SsastState(SsastReplicas& replicas, const config::SsastSettings& settings)
    : adam(settings.training, replicas.rate_ranges(settings.head_learning_rate_factor), replicas.values()),
      average(at::zeros_like(replicas.values())),
      best(at::zeros_like(replicas.values())),
      replicas_(&replicas) {}

std::vector<SsastState::Flat> SsastState::flat_tensors() const {
  return {{"exp_avg.", adam.mean()}, {"exp_avg_sq.", adam.square()}, {"average.", average}, {"best.", best}};
}

weights::TrainingCheckpoint SsastState::checkpoint(const std::vector<std::size_t>& data_order) const {
  weights::TrainingCheckpoint checkpoint;
  checkpoint.model = save_ssast(replicas_->model());
  const distributed::FlatLayout& layout = replicas_->layout();
  const auto parameters = replicas_->parameters().front();
  for (const Flat& flat : flat_tensors()) {
    const at::Tensor values = flat.values.to(at::kCPU);
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      const float* first = values.data_ptr<float>() + layout.offset[i];
      checkpoint.optimizer.add(
          flat.name + replicas_->names()[i],
          weights::Tensor::of({first, first + layout.count[i]}, parameters[i].sizes().vec()));
    }
  }
  checkpoint.data_order.assign(data_order.begin(), data_order.end());
  progress.save(checkpoint);
  return checkpoint;
}

void SsastState::restore(const weights::TrainingCheckpoint& checkpoint) {
  const c10::NoGradGuard no_grad;
  progress = SsastProgress::load(checkpoint);
  load_all(replicas_->model(), checkpoint.model);
  const distributed::FlatLayout& layout = replicas_->layout();
  for (const Flat& flat : flat_tensors()) {
    at::Tensor values = at::zeros({layout.size}, at::kFloat);
    for (std::size_t i = 0; i < layout.count.size(); ++i) {
      const std::string name = flat.name + replicas_->names()[i];
      const weights::Tensor* tensor = checkpoint.optimizer.find(name);
      if (tensor == nullptr || tensor->elements() != layout.count[i]) {
        throw Error("a training checkpoint does not fit the model at '" + name + "'", "",
                    "remove the run's checkpoints; the fit then starts again");
      }
      const std::vector<float> floats = tensor->floats();
      std::memcpy(values.data_ptr<float>() + layout.offset[i], floats.data(), floats.size() * sizeof(float));
    }
    flat.values.detach().copy_(values);
  }
  adam.restore(progress.optimizer_steps, adam.mean(), adam.square());
}

void SsastState::share_progress(distributed::Communicator& group) {
  weights::TrainingCheckpoint shared;
  progress.save(shared);
  std::tie(shared.counters, shared.numbers) =
      broadcast(group, std::pair(shared.counters, shared.numbers), "sharing the fit's progress");
  progress = SsastProgress::load(shared);
}

// Tensor by tensor: all at once they would need as much memory again.
void SsastState::share_weights(distributed::Communicator& group) {
  if (group.size() == 1) return;
  const c10::NoGradGuard no_grad;
  std::vector<at::Tensor> tensors = replicas_->model().parameters();
  for (const Flat& flat : flat_tensors()) tensors.push_back(flat.values);
  for (const at::Tensor& tensor : tensors) {
    std::string bytes = group.rank() == 0 ? bytes_of(tensor) : std::string();
    copy_from_bytes(tensor, group.broadcast(std::move(bytes), 0, "sharing the first weights"));
  }
  adam.restore(progress.optimizer_steps, adam.mean(), adam.square());
}

}  // namespace musicmem::models
