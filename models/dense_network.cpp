// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/dense_network.h"

#include <algorithm>
#include <cassert>

namespace musicmem::models {
namespace {

std::vector<double> apply(const DenseLayer& layer, const std::vector<double>& input) {
  assert(input.size() == layer.inputs);
  std::vector<double> output(layer.bias.begin(), layer.bias.end());
  for (std::size_t o = 0; o < layer.outputs; ++o) {
    const float* weight = layer.weight.data() + o * layer.inputs;
    for (std::size_t i = 0; i < layer.inputs; ++i) output[o] += static_cast<double>(weight[i]) * input[i];
  }
  return output;
}

}  // namespace

std::vector<double> forward(const DenseNetwork& network, const data::Matrix& x) {
  assert(!network.empty() && network.back().outputs == 1);
  std::vector<double> scores;
  for (std::size_t row = 0; row < x.rows(); ++row) {
    std::vector<double> activation(x.row(row).begin(), x.row(row).end());
    for (const DenseLayer& layer : network) {
      activation = apply(layer, activation);
      if (&layer == &network.back()) break;
      for (double& value : activation) value = std::max(value, 0.0);
    }
    scores.push_back(activation.front());
  }
  return scores;
}

}  // namespace musicmem::models
