// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/ssast/network/integrated_gradients.h"

#include <algorithm>
#include <cassert>
#include <memory>

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <gsl/gsl_integration.h>
#include <torch/csrc/autograd/autograd.h>

namespace musicmem::models {
namespace {

// Points whose activations lie in memory at a time.
constexpr int points_at_once = 4;

// Places in [0, 1] and their weights, which sum to 1.
struct Quadrature {
  std::vector<float> places;
  std::vector<float> weights;
};

Quadrature gauss_legendre(int points) {
  using Table = std::unique_ptr<gsl_integration_glfixed_table, decltype(&gsl_integration_glfixed_table_free)>;
  const Table table(gsl_integration_glfixed_table_alloc(static_cast<std::size_t>(points)),
                    gsl_integration_glfixed_table_free);
  Quadrature quadrature;
  for (int i = 0; i < points; ++i) {
    double place = 0.0;
    double weight = 0.0;
    gsl_integration_glfixed_point(0.0, 1.0, static_cast<std::size_t>(i), &place, &weight, table.get());
    quadrature.places.push_back(static_cast<float>(place));
    quadrature.weights.push_back(static_cast<float>(weight));
  }
  return quadrature;
}

at::Tensor column(const std::vector<float>& values, std::size_t first, std::size_t count) {
  return at::tensor(at::ArrayRef<float>(values).slice(first, count)).view({-1, 1, 1});
}

double score_of(Ssast& model, const at::Tensor& clip) {
  const at::NoGradGuard record_nothing;
  return model.forward(clip.unsqueeze(0)).item<double>();
}

}  // namespace

Attribution integrated_gradients(Ssast& model, const at::Tensor& input, const at::Tensor& baseline,
                                 int points) {
  assert(points >= 1 && input.sizes() == baseline.sizes());
  const at::Tensor way = input - baseline;
  const Quadrature quadrature = gauss_legendre(points);
  at::Tensor mean_gradient = at::zeros_like(input, at::kDouble);
  for (int first = 0; first < points; first += points_at_once) {
    const auto begin = static_cast<std::size_t>(first);
    const auto count = static_cast<std::size_t>(std::min(points_at_once, points - first));
    const at::Tensor clips =
        (baseline + column(quadrature.places, begin, count) * way).set_requires_grad(true);
    const at::Tensor score =
        (model.forward(clips).flatten() * column(quadrature.weights, begin, count).flatten()).sum();
    mean_gradient += torch::autograd::grad({score}, {clips}).front().sum(0).to(at::kDouble);
  }
  const at::Tensor values = (mean_gradient * way).contiguous();
  const double* const first = values.data_ptr<double>();
  return {{first, first + values.numel()}, score_of(model, input), score_of(model, baseline)};
}

}  // namespace musicmem::models
