// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/tabular/dense_network.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>
#include <utility>

namespace musicmem::models {
namespace {

// Rows go through the layers together, so that their sums do not wait for one another; each row's own sums
// are taken in the order of the inputs, whatever goes beside it.
constexpr std::size_t rows_at_once = 16;
using Lanes = std::array<double, rows_at_once>;

// One value per row of every input, to one of every output.
void apply(const DenseLayer& layer, const std::vector<Lanes>& input, std::vector<Lanes>& output) {
  assert(input.size() == layer.inputs);
  output.resize(layer.outputs);
  for (std::size_t o = 0; o < layer.outputs; ++o) {
    Lanes sum;
    sum.fill(layer.bias[o]);
    const float* weight = layer.weight.data() + o * layer.inputs;
    for (std::size_t i = 0; i < layer.inputs; ++i) {
      const double w = weight[i];
      for (std::size_t lane = 0; lane < rows_at_once; ++lane) sum[lane] += w * input[i][lane];
    }
    output[o] = sum;
  }
}

}  // namespace

std::vector<double> forward(const DenseNetwork& network, const data::Matrix& x) {
  assert(!network.empty() && network.back().outputs == 1);
  std::vector<double> scores;
  std::vector<Lanes> activation, next;
  for (std::size_t begin = 0; begin < x.rows(); begin += rows_at_once) {
    const std::size_t count = std::min(rows_at_once, x.rows() - begin);
    activation.assign(x.columns(), Lanes{});
    for (std::size_t lane = 0; lane < count; ++lane) {
      for (std::size_t j = 0; j < x.columns(); ++j) activation[j][lane] = x(begin + lane, j);
    }
    for (const DenseLayer& layer : network) {
      apply(layer, activation, next);
      std::swap(activation, next);
      if (&layer == &network.back()) break;
      for (Lanes& lanes : activation) {
        for (double& value : lanes) value = std::max(value, 0.0);
      }
    }
    scores.insert(scores.end(), activation.front().begin(),
                  activation.front().begin() + static_cast<long>(count));
  }
  return scores;
}

}  // namespace musicmem::models
