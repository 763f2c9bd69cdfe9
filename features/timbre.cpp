// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/timbre.h"

#include "features/decibel.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <span>
#include <utility>
#include <vector>

namespace musicmem::features {
namespace {

constexpr float top_db = 80.0f;

// Sums in float would lose digits over a second of samples.
std::pair<double, double> mean_and_deviation(std::span<const float> values) {
  const auto count = static_cast<double>(values.size());
  double sum = 0.0;
  for (const float value : values) sum += value;
  const double mean = sum / count;
  double squares = 0.0;
  for (const float value : values) squares += (value - mean) * (value - mean);
  return {mean, std::sqrt(squares / count)};
}

std::pair<double, double> level(std::span<const float> segment) {
  std::vector<float> decibels(segment.begin(), segment.end());
  amplitude_to_db(decibels);
  const float floor = *std::ranges::max_element(decibels) - top_db;
  for (float& value : decibels) value = std::max(value, floor);
  return mean_and_deviation(decibels);
}

}  // namespace

std::array<double, 8> timbre(const Stems& stems, std::size_t begin, std::size_t end) {
  std::array<double, 8> values{};
  std::size_t column = 0;
  for (const std::vector<float>* stem : {&stems.vocals, &stems.drums, &stems.bass, &stems.other}) {
    assert(begin < end && end <= stem->size());
    const auto [mean, deviation] = level(std::span(*stem).subspan(begin, end - begin));
    values[column++] = mean;
    values[column++] = deviation;
  }
  return values;
}

}  // namespace musicmem::features
