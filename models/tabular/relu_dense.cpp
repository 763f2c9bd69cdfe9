// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/tabular/relu_dense.h"

#include "models/machine/register_tile.h"

#include <algorithm>

namespace musicmem::models {
namespace {

constexpr std::size_t block_outputs = 16;

[[gnu::always_inline]] inline void add_and_rectify(const float* __restrict inside,
                                                   const float* __restrict outside, std::size_t rows,
                                                   std::size_t inputs, float* __restrict to) {
  for (std::size_t r = 0; r < rows; ++r, outside += inputs, to += inputs) {
    for (std::size_t i = 0; i < inputs; ++i) {
      const float sum = inside[i] + outside[i];
      to[i] = sum > 0.0F ? sum : 0.0F;
    }
  }
}

using FourLanes = float __attribute__((vector_size(16)));

void add_and_rectify_anywhere(const float* inside, const float* outside, std::size_t rows, std::size_t inputs,
                              float* to) {
  add_and_rectify(inside, outside, rows, inputs, to);
}

void sum_block_anywhere(const float* activations, std::size_t rows, std::size_t inputs, const float* weight,
                        const float* bias, float* to) {
  sum_block<float, FourLanes, 2, block_outputs>(activations, rows, inputs, weight, bias, to);
}

using Rectify = void(const float*, const float*, std::size_t, std::size_t, float*);
using SumBlock = void(const float*, std::size_t, std::size_t, const float*, const float*, float*);

struct Kernel {
  Rectify* add_and_rectify;
  SumBlock* sum_block;
};

// The program is built for any processor of its kind; the wider kernels are taken where the one at hand has
// the registers. Both of these round alike.
#ifdef __x86_64__
using EightLanes = float __attribute__((vector_size(32)));
using SixteenLanes = float __attribute__((vector_size(64)));

[[gnu::target("avx2,fma")]] void add_and_rectify_wide(const float* inside, const float* outside,
                                                      std::size_t rows, std::size_t inputs, float* to) {
  add_and_rectify(inside, outside, rows, inputs, to);
}

[[gnu::target("avx2,fma")]] void sum_block_wide(const float* activations, std::size_t rows,
                                                std::size_t inputs, const float* weight, const float* bias,
                                                float* to) {
  sum_block<float, EightLanes, 5, block_outputs>(activations, rows, inputs, weight, bias, to);
}

[[gnu::target("avx512f")]] void add_and_rectify_widest(const float* inside, const float* outside,
                                                       std::size_t rows, std::size_t inputs, float* to) {
  add_and_rectify(inside, outside, rows, inputs, to);
}

[[gnu::target("avx512f")]] void sum_block_widest(const float* activations, std::size_t rows,
                                                 std::size_t inputs, const float* weight, const float* bias,
                                                 float* to) {
  sum_block<float, SixteenLanes, 10, block_outputs>(activations, rows, inputs, weight, bias, to);
}

Kernel fastest_kernel() {
  if (__builtin_cpu_supports("avx512f")) return {add_and_rectify_widest, sum_block_widest};
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    return {add_and_rectify_wide, sum_block_wide};
  return {add_and_rectify_anywhere, sum_block_anywhere};
}
#else
Kernel fastest_kernel() {
  return {add_and_rectify_anywhere, sum_block_anywhere};
}
#endif

const Kernel kernel = fastest_kernel();

}  // namespace

ReluDense::ReluDense(const DenseLayer& layer) : inputs_(layer.inputs), outputs_(layer.outputs) {
  const std::size_t blocks = (outputs_ + block_outputs - 1) / block_outputs;
  weight_.assign(blocks * inputs_ * block_outputs, 0.0F);
  bias_.assign(blocks * block_outputs, 0.0F);
  std::copy(layer.bias.begin(), layer.bias.end(), bias_.begin());
  for (std::size_t o = 0; o < outputs_; ++o) {
    float* const block = weight_.data() + o / block_outputs * inputs_ * block_outputs + o % block_outputs;
    for (std::size_t i = 0; i < inputs_; ++i) block[i * block_outputs] = layer.weight[o * inputs_ + i];
  }
}

void ReluDense::apply(const float* inside, const float* outside, std::size_t rows, float* to) {
  activations_.resize(rows * inputs_);
  block_.resize(rows * block_outputs);
  kernel.add_and_rectify(inside, outside, rows, inputs_, activations_.data());
  for (std::size_t begin = 0; begin < outputs_; begin += block_outputs) {
    kernel.sum_block(activations_.data(), rows, inputs_, weight_.data() + begin * inputs_,
                     bias_.data() + begin, block_.data());
    const std::size_t count = std::min(block_outputs, outputs_ - begin);
    for (std::size_t r = 0; r < rows; ++r) {
      std::copy_n(block_.data() + r * block_outputs, count, to + r * outputs_ + begin);
    }
  }
}

}  // namespace musicmem::models
