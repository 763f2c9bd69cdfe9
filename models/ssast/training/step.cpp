// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/ssast/training/step.h"

#include "data/generator.h"
#include "models/ssast/training/batches.h"

#include <numeric>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

namespace musicmem::models {
namespace {

// Rows that one replica predicts at a time: memory for activations, not speed, is what counts.
constexpr std::size_t rows_of_prediction = 8;

}  // namespace

SsastStep::SsastStep(SsastReplicas& replicas, const FitHardware& hardware, std::size_t target_length)
    : replicas_(replicas), hardware_(hardware), target_length_(target_length), threads_(replicas.size()) {}

double SsastStep::accumulate(const SpectrogramBatch& share, const SsastTask& task, const Whole& whole,
                             distributed::GradientAverager& averager) {
  std::vector<double> losses(replicas_.size(), 0.0);
  for (std::size_t part = 0; part < whole.accumulate; ++part) {
    const Share rows = Share::of(share.rows.size(), part, whole.accumulate);
    if (part + 1 == whole.accumulate) averager.arm();
    threads_.run([&](std::size_t replica) {
      const Share own = Share::of(rows.size(), replica, replicas_.size());
      if (own.size() == 0) return;
      losses[replica] += pass(replica, share, rows.begin + own.begin, rows.begin + own.end, task, whole);
    });
  }
  return std::accumulate(losses.begin(), losses.end(), 0.0);
}

double SsastStep::pass(std::size_t replica, const SpectrogramBatch& share, std::size_t begin, std::size_t end,
                       const SsastTask& task, const Whole& whole) {
  std::vector<float> labels;
  std::vector<float> weights;
  for (std::size_t i = begin; i < end; ++i) {
    labels.push_back(static_cast<float>(task.label[share.rows[i]]));
    weights.push_back(task.weight.empty() ? 1.0F : static_cast<float>(task.weight[share.rows[i]]));
  }
  const auto rows = static_cast<std::int64_t>(end - begin);
  try {
    Ssast& model = replicas_.model(replica);
    at::Tensor scores;
    {
      const Autocast autocast(hardware_);
      scores = model.forward(inputs(share, begin, end),
                             head_masks(model, task, whole.epoch, share.rows, begin, end));
    }
    const at::Tensor error = scores.to(at::kFloat) - on_device(labels.data(), {rows, 1}, hardware_);
    const at::Tensor loss = (error.square() * on_device(weights.data(), {rows, 1}, hardware_)).sum();
    (loss / static_cast<double>(whole.rows)).backward();
    return loss.item<double>();
  } catch (...) {
    rethrow_with_memory_advice(end - begin);
  }
}

at::Tensor SsastStep::inputs(const SpectrogramBatch& batch, std::size_t begin, std::size_t end) const {
  const std::size_t size = target_length_ * spectrogram_bins;
  const auto shape = std::vector<std::int64_t>{static_cast<std::int64_t>(end - begin),
                                               static_cast<std::int64_t>(target_length_),
                                               static_cast<std::int64_t>(spectrogram_bins)};
  return on_device(batch.values.data() + begin * size, shape, hardware_);
}

// Row by row, so that they do not depend on who computes which rows.
at::Tensor SsastStep::head_masks(Ssast& model, const SsastTask& task, int epoch,
                                 const std::vector<std::size_t>& rows, std::size_t begin,
                                 std::size_t end) const {
  std::vector<at::Tensor> masks;
  for (std::size_t i = begin; i < end; ++i) {
    data::Generator generator(row_seed(task.seed, "dropout", epoch, rows[i]));
    masks.push_back(model.draw_head_masks(generator, 1));
    if (!masks.back().defined()) return {};
  }
  return at::cat(masks).to(device_of(hardware_));
}

std::vector<double> SsastStep::predict(const SpectrogramBatch& batch) {
  std::vector<double> scores(batch.rows.size());
  threads_.run([&](std::size_t replica) {
    const c10::NoGradGuard no_grad;
    const Autocast autocast(hardware_);
    const Share own = Share::of(batch.rows.size(), replica, replicas_.size());
    for (std::size_t begin = own.begin; begin < own.end; begin += rows_of_prediction) {
      const std::size_t end = std::min(own.end, begin + rows_of_prediction);
      const at::Tensor part =
          replicas_.model(replica).forward(inputs(batch, begin, end)).to(at::kCPU, at::kDouble).contiguous();
      std::copy_n(part.data_ptr<double>(), end - begin, scores.begin() + static_cast<std::ptrdiff_t>(begin));
    }
  });
  return scores;
}

}  // namespace musicmem::models
