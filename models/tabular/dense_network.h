// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "data/matrix.h"

#include <cstddef>
#include <vector>

namespace musicmem::models {

// One fully connected layer: out = weight x in + bias, weight row-major [outputs, inputs] as PyTorch has it.
struct DenseLayer {
  std::size_t inputs = 0;
  std::size_t outputs = 0;
  std::vector<float> weight;
  std::vector<float> bias;
};

// Dense layers with ReLU between them; the last has one output and none after it.
using DenseNetwork = std::vector<DenseLayer>;

// The network's output for each row of x, without dropout. Sums are made in double and in one fixed order, so
// that a row's score depends neither on the other rows nor on a BLAS library.
std::vector<double> forward(const DenseNetwork& network, const data::Matrix& x);

}  // namespace musicmem::models
