// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/coalition_scores.h"
#include "models/mlp.h"
#include "models/single_thread.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <span>

#include <ATen/Functions.h>
#include <c10/core/GradMode.h>

namespace musicmem::models {
namespace {

// weight_{hj} v_j of every feature j (row) and unit h of the first layer (column).
void fill_terms(data::Matrix& terms, std::span<const double> v, const DenseLayer& layer) {
  for (std::size_t j = 0; j < layer.inputs; ++j) {
    for (std::size_t h = 0; h < layer.outputs; ++h) {
      terms(j, h) = static_cast<double>(layer.weight[h * layer.inputs + j]) * v[j];
    }
  }
}

at::Tensor tensor_of(const std::vector<float>& values, at::IntArrayRef shape) {
  return at::tensor(at::ArrayRef<float>(values)).view(shape);
}

// The rest of the network after the first layer's activations, for many rows at once, in single precision:
// its rounding is far below the error of sampling coalitions.
class Rest {
 public:
  explicit Rest(const DenseNetwork& network) {
    for (const DenseLayer& layer : std::span(network).subspan(1)) {
      const auto outputs = static_cast<std::int64_t>(layer.outputs);
      const auto inputs = static_cast<std::int64_t>(layer.inputs);
      weights_.push_back(tensor_of(layer.weight, {outputs, inputs}));
      biases_.push_back(tensor_of(layer.bias, {outputs}));
    }
  }

  // One score per row of activations [rows, units].
  at::Tensor scores(at::Tensor activations) const {
    for (std::size_t i = 0; i < weights_.size(); ++i) {
      if (i > 0) activations = activations.relu_();
      activations = at::addmm(biases_[i], activations, weights_[i].t());
    }
    return activations.contiguous();
  }

 private:
  std::vector<at::Tensor> weights_;
  std::vector<at::Tensor> biases_;
};

// One row's coalitions, some at a time so that their activations stay in the cache.
constexpr std::size_t coalitions_at_once = 128;

}  // namespace

// The first layer is linear: its sums over the features of a coalition come from the row, those over the
// others from each background row, once for all explained rows.
data::Matrix MlpRegressor::coalition_scores(const data::Matrix& x, const Coalitions& coalitions,
                                            const Background& background) const {
  const SingleThread one_thread;
  const at::NoGradGuard record_nothing;
  const DenseLayer& first = network_.front();
  const std::size_t units = first.outputs;
  const std::size_t backgrounds = background.rows.rows();
  data::Matrix terms(first.inputs, units);
  BlockTables<std::plus<>> tables(first.inputs, units, 0.0);
  std::vector<double> sums(units);
  std::vector<float> outside(coalitions.size() * backgrounds * units);  // by coalition, then background row
  for (std::size_t k = 0; k < backgrounds; ++k) {
    fill_terms(terms, background.rows.row(k), first);
    tables.fill(terms);
    for (std::size_t z = 0; z < coalitions.size(); ++z) {
      std::copy(first.bias.begin(), first.bias.end(), sums.begin());
      tables.apply(~coalitions.masks[z], sums.data());
      std::copy(sums.begin(), sums.end(), outside.data() + (z * backgrounds + k) * units);
    }
  }
  const Rest rest(network_);
  data::Matrix scores(x.rows(), coalitions.size(), label_offset_);
  const at::Tensor activations = at::empty(
      {static_cast<std::int64_t>(coalitions_at_once * backgrounds), static_cast<std::int64_t>(units)});
  std::vector<float> inside(units);
  // ReLU, but for a network of one layer, whose sums are its scores.
  const float floor = network_.size() > 1 ? 0.0F : -std::numeric_limits<float>::infinity();
  for (std::size_t r = 0; r < x.rows(); ++r) {
    fill_terms(terms, x.row(r), first);
    tables.fill(terms);
    for (std::size_t begin = 0; begin < coalitions.size(); begin += coalitions_at_once) {
      const std::size_t end = std::min(begin + coalitions_at_once, coalitions.size());
      float* __restrict to = activations.data_ptr<float>();
      const float* from = outside.data() + begin * backgrounds * units;
      for (std::size_t z = begin; z < end; ++z) {
        std::fill(sums.begin(), sums.end(), 0.0);
        tables.apply(coalitions.masks[z], sums.data());
        std::copy(sums.begin(), sums.end(), inside.begin());
        for (std::size_t k = 0; k < backgrounds; ++k, to += units, from += units) {
          for (std::size_t h = 0; h < units; ++h) to[h] = std::max(inside[h] + from[h], floor);
        }
      }
      const auto rows = static_cast<std::int64_t>((end - begin) * backgrounds);
      const at::Tensor some = rest.scores(activations.narrow(0, 0, rows));
      const float* score = some.data_ptr<float>();
      for (std::size_t z = begin; z < end; ++z) {
        for (std::size_t k = 0; k < backgrounds; ++k) scores(r, z) += background.weights[k] * *score++;
      }
    }
  }
  return scores;
}

}  // namespace musicmem::models
