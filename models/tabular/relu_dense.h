// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/tabular/dense_network.h"

#include <cstddef>
#include <vector>

namespace musicmem::models {

// A layer behind a ReLU, for sums of two parts of which one is shared by many rows:
// to[r] = weight max(inside + outside[r], 0) + bias, in single precision.
class ReluDense {
 public:
  explicit ReluDense(const DenseLayer& layer);

  std::size_t inputs() const { return inputs_; }
  std::size_t outputs() const { return outputs_; }

  // `inside` [inputs], `outside` [rows, inputs], `to` [rows, outputs]; not for two threads at once.
  void apply(const float* inside, const float* outside, std::size_t rows, float* to);

 private:
  std::size_t inputs_;
  std::size_t outputs_;
  std::vector<float>
      weight_;               // blocks of outputs, each [inputs, outputs of a block], zeros beyond the outputs
  std::vector<float> bias_;  // to whole blocks
  std::vector<float> activations_;
  std::vector<float> block_;
};

}  // namespace musicmem::models
