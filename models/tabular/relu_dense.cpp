// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/tabular/relu_dense.h"

#include <algorithm>
#include <cstring>

namespace musicmem::models {
namespace {

constexpr std::size_t block_outputs = 16;

// The sums of `Rows` rows and one block of outputs stay in registers, `Lanes` of numbers each, from the first
// input to the last.
template <class Lanes, std::size_t Rows>
[[gnu::always_inline]] inline void sum_tile(const float* activations, std::size_t inputs, const float* weight,
                                            const float* bias, float* to) {
  constexpr std::size_t registers = block_outputs * sizeof(float) / sizeof(Lanes);
  constexpr std::size_t width = block_outputs / registers;
  Lanes sums[Rows][registers];
#pragma GCC unroll 10
  for (std::size_t r = 0; r < Rows; ++r) {
#pragma GCC unroll 4
    for (std::size_t v = 0; v < registers; ++v) std::memcpy(&sums[r][v], bias + v * width, sizeof(Lanes));
  }
  for (std::size_t i = 0; i < inputs; ++i, weight += block_outputs) {
    Lanes w[registers];
#pragma GCC unroll 4
    for (std::size_t v = 0; v < registers; ++v) std::memcpy(&w[v], weight + v * width, sizeof(Lanes));
#pragma GCC unroll 10
    for (std::size_t r = 0; r < Rows; ++r) {
      const float a = activations[r * inputs + i];
#pragma GCC unroll 4
      for (std::size_t v = 0; v < registers; ++v) sums[r][v] += a * w[v];
    }
  }
#pragma GCC unroll 10
  for (std::size_t r = 0; r < Rows; ++r) {
#pragma GCC unroll 4
    for (std::size_t v = 0; v < registers; ++v)
      std::memcpy(to + r * block_outputs + v * width, &sums[r][v], sizeof(Lanes));
  }
}

// to[r] of one block of outputs, [rows, block_outputs].
template <class Lanes, std::size_t Rows>
[[gnu::always_inline]] inline void sum_block(const float* activations, std::size_t rows, std::size_t inputs,
                                             const float* weight, const float* bias, float* to) {
  std::size_t r = 0;
  for (; r + Rows <= rows; r += Rows)
    sum_tile<Lanes, Rows>(activations + r * inputs, inputs, weight, bias, to + r * block_outputs);
  for (; r < rows; ++r)
    sum_tile<Lanes, 1>(activations + r * inputs, inputs, weight, bias, to + r * block_outputs);
}

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
  sum_block<FourLanes, 2>(activations, rows, inputs, weight, bias, to);
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
  sum_block<EightLanes, 5>(activations, rows, inputs, weight, bias, to);
}

[[gnu::target("avx512f")]] void add_and_rectify_widest(const float* inside, const float* outside,
                                                       std::size_t rows, std::size_t inputs, float* to) {
  add_and_rectify(inside, outside, rows, inputs, to);
}

[[gnu::target("avx512f")]] void sum_block_widest(const float* activations, std::size_t rows,
                                                 std::size_t inputs, const float* weight, const float* bias,
                                                 float* to) {
  sum_block<SixteenLanes, 10>(activations, rows, inputs, weight, bias, to);
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
