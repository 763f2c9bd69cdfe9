// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/settings/ssast.h"

#include <cstdint>
#include <vector>

#include <ATen/core/Tensor.h>

namespace musicmem::models {

// A stretch of the flat parameters with a learning rate of its own.
struct RateRange {
  std::int64_t begin = 0;
  std::int64_t end = 0;
  double factor = 1.0;  // of the learning rate
};

// Adam (D. Kingma, J. Ba, 2015) with the decay added to the gradient, or AdamW (I. Loshchilov, F. Hutter,
// 2019) with the decay applied to the weights; epsilon 1e-8, as PyTorch computes them. Works on one flat
// array of all parameters, on a CPU in a single pass.
class FlatAdam {
 public:
  // `ranges` lie one after the other and cover `values`.
  FlatAdam(const config::SsastTraining& settings, std::vector<RateRange> ranges, const at::Tensor& values);

  // One step: values change in place; the gradient is multiplied by `scale` first.
  void step(at::Tensor& values, const at::Tensor& gradient, double learning_rate, double scale);

  // What a checkpoint keeps.
  std::int64_t steps() const { return steps_; }
  const at::Tensor& mean() const { return mean_; }
  const at::Tensor& square() const { return square_; }
  void restore(std::int64_t steps, const at::Tensor& mean, const at::Tensor& square);

 private:
  struct Factors;

  void step_on_cpu(const RateRange& range, at::Tensor& values, const at::Tensor& gradient, const Factors& f);
  void step_with_operators(const RateRange& range, at::Tensor& values, const at::Tensor& gradient,
                           const Factors& f);

  config::Optimizer kind_;
  double decay_;
  double beta1_;
  double beta2_;
  std::vector<RateRange> ranges_;
  std::int64_t steps_ = 0;
  at::Tensor mean_;    // of the gradients
  at::Tensor square_;  // of their squares
};

// The Euclidean norm, summed in double.
double gradient_norm(const at::Tensor& flat);

// Learning rate over its full value at one epoch (from 1) and step (from 0) by warm-up and schedule;
// `plateau_factor` is what the plateau schedule has come to.
double rate_factor(const config::SsastTraining& settings, int epoch, std::int64_t step,
                   double plateau_factor);

}  // namespace musicmem::models
