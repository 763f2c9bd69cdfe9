// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/descriptors/mfcc.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <numbers>

namespace musicmem::features {
namespace {

constexpr std::size_t mel_bands = 128;
constexpr std::size_t delta_width = 9;
using CosineTable = std::array<std::array<float, mfcc_count>, mel_bands>;

CosineTable cosine_table() {
  CosineTable table{};
  for (std::size_t n = 0; n < mel_bands; ++n) {
    for (std::size_t k = 0; k < mfcc_count; ++k) {
      const double scale = std::sqrt((k == 0 ? 1.0 : 2.0) / mel_bands);
      const double phase = std::numbers::pi * static_cast<double>(k * (2 * n + 1)) / (2.0 * mel_bands);
      table[n][k] = static_cast<float>(scale * std::cos(phase));
    }
  }
  return table;
}

// Weights of the nine values whose sum is the derivative of their least-squares polynomial at the middle.
// With x = -4 .. 4: x / 60 for the slope, (3 x^2 - 20) / 462 for twice the coefficient of the square.
std::array<float, delta_width> derivative_weights(int order) {
  assert(order == 1 || order == 2);
  std::array<float, delta_width> weights{};
  for (std::size_t i = 0; i < delta_width; ++i) {
    const double x = static_cast<double>(i) - 4.0;
    weights[i] = static_cast<float>(order == 1 ? x / 60.0 : (3.0 * x * x - 20.0) / 462.0);
  }
  return weights;
}

}  // namespace

std::vector<float> mfcc(std::span<const float> mel_db) {
  static const CosineTable table = cosine_table();
  const std::size_t frames = mel_db.size() / mel_bands;
  std::vector<float> result(mfcc_count * frames);
  for (std::size_t t = 0; t < frames; ++t) {
    std::array<float, mfcc_count> sums{};
    for (std::size_t n = 0; n < mel_bands; ++n) {
      const float level = mel_db[t * mel_bands + n];
      for (std::size_t k = 0; k < mfcc_count; ++k) sums[k] += level * table[n][k];
    }
    for (std::size_t k = 0; k < mfcc_count; ++k) result[k * frames + t] = sums[k];
  }
  return result;
}

std::vector<float> delta(std::span<const float> values, int frames, int order) {
  constexpr std::size_t half = delta_width / 2;
  const auto length = static_cast<std::size_t>(frames);
  assert(length >= delta_width && values.size() % length == 0);
  const std::array<float, delta_width> weights = derivative_weights(order);
  std::vector<float> result(values.size());

  for (std::size_t begin = 0; begin < values.size(); begin += length) {
    const std::span<float> row(result.data() + begin, length);
    for (std::size_t t = half; t < length - half; ++t) {
      const float* window = values.data() + begin + t - half;
      float sum = 0.0f;
      for (std::size_t i = 0; i < delta_width; ++i) sum += weights[i] * window[i];
      row[t] = sum;
    }
    // The derivative of the highest order of a polynomial is the same everywhere.
    std::fill_n(row.begin(), half, row[half]);
    std::fill_n(row.end() - half, half, row[length - half - 1]);
  }
  return result;
}

}  // namespace musicmem::features
