// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include <ATen/core/Tensor.h>

namespace musicmem::models {

// The parameters of one pre-norm transformer block of width D.
struct BlockWeights {
  at::Tensor norm1_weight, norm1_bias;  // [D]
  at::Tensor qkv_weight, qkv_bias;      // [3 D, D], [3 D]: q, k, v, within each by head
  at::Tensor proj_weight, proj_bias;    // [D, D], [D]
  at::Tensor norm2_weight, norm2_bias;  // [D]
  at::Tensor fc1_weight, fc1_bias;      // [4 D, D], [4 D]
  at::Tensor fc2_weight, fc2_bias;      // [D, 4 D], [D]
};

inline constexpr double block_norm_epsilon = 1e-6;

// x + attention(norm1(x)), then + mlp(norm2(.)), for x [B, N, D]: the fused block where x is float32 on a
// CPU, else the plain one.
at::Tensor transformer_block(const at::Tensor& x, const BlockWeights& weights, std::int64_t heads);

// The block out of LibTorch's own operators, on any device; with scaled-dot-product attention where LibTorch
// has it.
at::Tensor plain_block(const at::Tensor& x, const BlockWeights& weights, std::int64_t heads);

// The same values on a CPU with less memory traffic: attention one head at a time in tiles that stay in the
// cache, its weights computed again in the backward pass where keeping them would take much memory, and rows
// or heads spread over at::get_num_threads() threads instead of each operator. Results depend on the number
// of threads by rounding only, and on nothing else.
at::Tensor fused_cpu_block(const at::Tensor& x, const BlockWeights& weights, std::int64_t heads);

}  // namespace musicmem::models
