// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/ssast/network/block.h"

#include <cmath>

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <torch/version.h>

namespace musicmem::models {
namespace {

// softmax(q k' / sqrt(d)) v for [B, heads, N, d].
at::Tensor attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) {
#if TORCH_VERSION_MAJOR >= 2
  return at::scaled_dot_product_attention(q, k, v);
#else
  const double scale = 1.0 / std::sqrt(static_cast<double>(q.size(-1)));
  return at::matmul(at::softmax(at::matmul(q, k.transpose(-2, -1)) * scale, -1), v);
#endif
}

}  // namespace

at::Tensor plain_block(const at::Tensor& x, const BlockWeights& w, std::int64_t heads) {
  const std::int64_t clips = x.size(0);
  const std::int64_t tokens = x.size(1);
  const std::int64_t width = x.size(2);
  const at::Tensor normed = at::layer_norm(x, {width}, w.norm1_weight, w.norm1_bias, block_norm_epsilon);
  const at::Tensor qkv = at::linear(normed, w.qkv_weight, w.qkv_bias)
                             .view({clips, tokens, 3, heads, width / heads})
                             .permute({2, 0, 3, 1, 4});
  const at::Tensor mixed = attention(qkv.select(0, 0), qkv.select(0, 1), qkv.select(0, 2))
                               .transpose(1, 2)
                               .reshape({clips, tokens, width});
  const at::Tensor middle = x + at::linear(mixed, w.proj_weight, w.proj_bias);
  const at::Tensor hidden =
      at::linear(at::layer_norm(middle, {width}, w.norm2_weight, w.norm2_bias, block_norm_epsilon),
                 w.fc1_weight, w.fc1_bias);
  return middle + at::linear(at::gelu(hidden), w.fc2_weight, w.fc2_bias);
}

at::Tensor transformer_block(const at::Tensor& x, const BlockWeights& weights, std::int64_t heads) {
  const bool fused =
      x.is_cpu() && x.scalar_type() == at::kFloat && weights.qkv_weight.scalar_type() == at::kFloat;
  return fused ? fused_cpu_block(x, weights, heads) : plain_block(x, weights, heads);
}

}  // namespace musicmem::models
