// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/ssast/training/optimizer.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

namespace musicmem::models {
namespace {

constexpr double epsilon = 1e-8;

}  // namespace

// What one step multiplies by.
struct FlatAdam::Factors {
  double rate;          // learning rate of the range over 1 - beta1^steps
  double square_scale;  // 1 / sqrt(1 - beta2^steps)
  double scale;         // of the gradient
  double decay_in;      // added to the gradient, of the weights
  double shrink;        // of the weights, by decoupled decay
  double beta1;
  double beta2;
};

FlatAdam::FlatAdam(const config::SsastTraining& settings, std::vector<RateRange> ranges,
                   const at::Tensor& values)
    : kind_(settings.optimizer),
      decay_(settings.weight_decay),
      beta1_(settings.beta1),
      beta2_(settings.beta2),
      ranges_(std::move(ranges)),
      mean_(at::zeros_like(values)),
      square_(at::zeros_like(values)) {}

void FlatAdam::step(at::Tensor& values, const at::Tensor& gradient, double learning_rate, double scale) {
  const c10::NoGradGuard no_grad;
  ++steps_;
  const auto steps = static_cast<double>(steps_);
  const bool decoupled = kind_ == config::Optimizer::adamw;
  for (const RateRange& range : ranges_) {
    const double rate = learning_rate * range.factor;
    const Factors factors{rate / (1.0 - std::pow(beta1_, steps)),
                          1.0 / std::sqrt(1.0 - std::pow(beta2_, steps)),
                          scale,
                          decoupled ? 0.0 : decay_,
                          decoupled ? 1.0 - rate * decay_ : 1.0,
                          beta1_,
                          beta2_};
    if (values.is_cuda()) {
      step_with_operators(range, values, gradient, factors);
    } else {
      step_on_cpu(range, values, gradient, factors);
    }
  }
}

void FlatAdam::step_on_cpu(const RateRange& range, at::Tensor& values, const at::Tensor& gradient,
                           const Factors& f) {
  float* const value = values.data_ptr<float>();
  const float* const slope = gradient.data_ptr<float>();
  float* const mean = mean_.data_ptr<float>();
  float* const square = square_.data_ptr<float>();
  const auto rate = static_cast<float>(f.rate);
  const auto square_scale = static_cast<float>(f.square_scale);
  const auto scale = static_cast<float>(f.scale);
  const auto decay_in = static_cast<float>(f.decay_in);
  const auto shrink = static_cast<float>(f.shrink);
  const auto new_mean = static_cast<float>(1.0 - f.beta1);
  const auto keep_square = static_cast<float>(f.beta2);
  const auto new_square = static_cast<float>(1.0 - f.beta2);
  for (std::int64_t i = range.begin; i < range.end; ++i) {
    const float g = slope[i] * scale + decay_in * value[i];
    mean[i] += new_mean * (g - mean[i]);
    square[i] = keep_square * square[i] + new_square * g * g;
    value[i] = value[i] * shrink -
               rate * mean[i] / (std::sqrt(square[i]) * square_scale + static_cast<float>(epsilon));
  }
}

void FlatAdam::step_with_operators(const RateRange& range, at::Tensor& values, const at::Tensor& gradient,
                                   const Factors& f) {
  const auto part = [&](const at::Tensor& flat) {
    return flat.narrow(0, range.begin, range.end - range.begin);
  };
  at::Tensor value = part(values);
  at::Tensor mean = part(mean_);
  at::Tensor square = part(square_);
  at::Tensor slope = part(gradient).mul(f.scale);
  if (f.decay_in != 0.0) slope.add_(value, f.decay_in);
  mean.lerp_(slope, 1.0 - f.beta1);
  square.mul_(f.beta2).addcmul_(slope, slope, 1.0 - f.beta2);
  if (f.shrink != 1.0) value.mul_(f.shrink);
  value.addcdiv_(mean, square.sqrt().mul_(f.square_scale).add_(epsilon), -f.rate);
}

void FlatAdam::restore(std::int64_t steps, const at::Tensor& mean, const at::Tensor& square) {
  const c10::NoGradGuard no_grad;
  steps_ = steps;
  mean_.copy_(mean);
  square_.copy_(square);
}

double gradient_norm(const at::Tensor& flat) {
  if (flat.is_cuda()) return flat.to(at::kDouble).norm().item<double>();
  const float* const value = flat.data_ptr<float>();
  constexpr std::int64_t lanes = 8;  // sums that do not wait for each other
  double sums[lanes] = {};
  const std::int64_t count = flat.numel();
  std::int64_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    for (std::int64_t lane = 0; lane < lanes; ++lane) {
      sums[lane] += static_cast<double>(value[i + lane]) * value[i + lane];
    }
  }
  double sum = 0.0;
  for (; i < count; ++i) sum += static_cast<double>(value[i]) * value[i];
  for (const double lane : sums) sum += lane;
  return std::sqrt(sum);
}

double rate_factor(const config::SsastTraining& settings, int epoch, std::int64_t step,
                   double plateau_factor) {
  double factor = 1.0;
  if (step < settings.warm_up_steps) {
    factor = static_cast<double>(step + 1) / settings.warm_up_steps;
  }
  if (settings.schedule == config::Schedule::plateau) factor *= plateau_factor;
  if (settings.schedule == config::Schedule::step && epoch >= settings.step_from) {
    factor *= std::pow(settings.schedule_factor, 1 + (epoch - settings.step_from) / settings.step_every);
  }
  return factor;
}

}  // namespace musicmem::models
