// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/coalition_scores.h"
#include "models/mlp.h"
#include "models/relu_dense.h"
#include "models/single_thread.h"

#include <algorithm>
#include <functional>
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

// The network behind its second layer, for many rows at once, in single precision: its rounding is far below
// the error of sampling coalitions.
class Rest {
 public:
  explicit Rest(const DenseNetwork& network) {
    for (const DenseLayer& layer : std::span(network).subspan(2)) {
      const auto outputs = static_cast<std::int64_t>(layer.outputs);
      const auto inputs = static_cast<std::int64_t>(layer.inputs);
      weights_.push_back(tensor_of(layer.weight, {outputs, inputs}));
      biases_.push_back(tensor_of(layer.bias, {outputs}));
    }
  }

  // One score per row of the second layer's sums [rows, outputs], which are not kept.
  at::Tensor scores(at::Tensor sums) const {
    for (std::size_t i = 0; i < weights_.size(); ++i)
      sums = at::addmm(biases_[i], sums.relu_(), weights_[i].t());
    return sums.contiguous();
  }

 private:
  std::vector<at::Tensor> weights_;
  std::vector<at::Tensor> biases_;
};

// One row's coalitions, some at a time so that their sums stay in the cache.
constexpr std::size_t coalitions_at_once = 128;

// A network without hidden layers, as the kernel below expects a second layer: the sum goes through
// unchanged, as its positive part less that of its negative.
DenseNetwork with_hidden_layer(const DenseNetwork& network) {
  if (network.size() > 1) return network;
  DenseLayer both = network.front();
  both.outputs = 2;
  for (std::size_t j = 0; j < both.inputs; ++j) both.weight.push_back(-both.weight[j]);
  both.bias.push_back(-both.bias[0]);
  return {both, {2, 1, {1.0F, -1.0F}, {0.0F}}};
}

}  // namespace

// The first layer is linear: its sums over the features of a coalition come from the row, those over the
// others from each background row, once for all explained rows.
data::Matrix MlpRegressor::coalition_scores(const data::Matrix& x, const Coalitions& coalitions,
                                            const Background& background) const {
  const SingleThread one_thread;
  const at::NoGradGuard record_nothing;
  const DenseNetwork network = with_hidden_layer(network_);
  const DenseLayer& first = network.front();
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
  ReluDense second(network[1]);
  const Rest rest(network);
  data::Matrix scores(x.rows(), coalitions.size(), label_offset_);
  const at::Tensor second_sums = at::empty({static_cast<std::int64_t>(coalitions_at_once * backgrounds),
                                            static_cast<std::int64_t>(second.outputs())});
  std::vector<float> inside(units);
  for (std::size_t r = 0; r < x.rows(); ++r) {
    fill_terms(terms, x.row(r), first);
    tables.fill(terms);
    for (std::size_t begin = 0; begin < coalitions.size(); begin += coalitions_at_once) {
      const std::size_t end = std::min(begin + coalitions_at_once, coalitions.size());
      float* to = second_sums.data_ptr<float>();
      for (std::size_t z = begin; z < end; ++z, to += backgrounds * second.outputs()) {
        std::fill(sums.begin(), sums.end(), 0.0);
        tables.apply(coalitions.masks[z], sums.data());
        std::copy(sums.begin(), sums.end(), inside.begin());
        second.apply(inside.data(), outside.data() + z * backgrounds * units, backgrounds, to);
      }
      const auto rows = static_cast<std::int64_t>((end - begin) * backgrounds);
      const at::Tensor some = rest.scores(second_sums.narrow(0, 0, rows));
      const float* score = some.data_ptr<float>();
      for (std::size_t z = begin; z < end; ++z) {
        for (std::size_t k = 0; k < backgrounds; ++k) scores(r, z) += background.weights[k] * *score++;
      }
    }
  }
  return scores;
}

}  // namespace musicmem::models
