// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstring>

// Products of rows with packed columns whose sums stay in registers. For callers that are compiled for one type of
// processor: everything here is inlined into them. Each sum adds its products in the order of the inputs, so that
// its bits do not depend on the width of the registers (where the caller's rules do not fuse products and sums).
namespace musicmem::models {

// to[r][o] = start[o] + sum_i rows[r][i] packed[i][o] of `Rows` rows, `stride` numbers from one to the next, and one
// block of `Outputs` columns; `packed`: [inputs, Outputs]; `to`: [Rows, Outputs].
template <class Number, class Lanes, std::size_t Rows, std::size_t Outputs>
[[gnu::always_inline]] inline void sum_tile(const Number* rows, std::size_t inputs, std::size_t stride,
                                            const Number* packed, const Number* start, Number* to) {
  constexpr std::size_t registers = Outputs * sizeof(Number) / sizeof(Lanes);
  constexpr std::size_t width = Outputs / registers;
  Lanes sums[Rows][registers];
#pragma GCC unroll 10
  for (std::size_t r = 0; r < Rows; ++r) {
#pragma GCC unroll 4
    for (std::size_t v = 0; v < registers; ++v) std::memcpy(&sums[r][v], start + v * width, sizeof(Lanes));
  }
  for (std::size_t i = 0; i < inputs; ++i, packed += Outputs) {
    Lanes w[registers];
#pragma GCC unroll 4
    for (std::size_t v = 0; v < registers; ++v) std::memcpy(&w[v], packed + v * width, sizeof(Lanes));
#pragma GCC unroll 10
    for (std::size_t r = 0; r < Rows; ++r) {
      const Number a = rows[r * stride + i];
#pragma GCC unroll 4
      for (std::size_t v = 0; v < registers; ++v) sums[r][v] += a * w[v];
    }
  }
#pragma GCC unroll 10
  for (std::size_t r = 0; r < Rows; ++r) {
#pragma GCC unroll 4
    for (std::size_t v = 0; v < registers; ++v)
      std::memcpy(to + r * Outputs + v * width, &sums[r][v], sizeof(Lanes));
  }
}

// The same of any number of rows, one close behind another: to [rows, Outputs].
template <class Number, class Lanes, std::size_t Rows, std::size_t Outputs>
[[gnu::always_inline]] inline void sum_block(const Number* values, std::size_t rows, std::size_t inputs,
                                             const Number* packed, const Number* start, Number* to) {
  std::size_t r = 0;
  for (; r + Rows <= rows; r += Rows)
    sum_tile<Number, Lanes, Rows, Outputs>(values + r * inputs, inputs, inputs, packed, start,
                                           to + r * Outputs);
  for (; r < rows; ++r)
    sum_tile<Number, Lanes, 1, Outputs>(values + r * inputs, inputs, inputs, packed, start, to + r * Outputs);
}

}  // namespace musicmem::models
