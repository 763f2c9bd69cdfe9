// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/sources/timbre.h"

#include "features/spectra/decibel.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <span>
#include <utility>
#include <vector>

namespace musicmem::features {
namespace {

constexpr float top_db = 80.0f;

// Mean and population standard deviation of the levels, floored. Sums in float would lose digits over a
// second of samples.
std::pair<double, double> mean_and_deviation(std::span<const float> levels) {
  const float floor = *std::ranges::max_element(levels) - top_db;
  const auto count = static_cast<double>(levels.size());
  double sum = 0.0;
  for (const float level : levels) sum += std::max(level, floor);
  const double mean = sum / count;
  double squares = 0.0;
  for (const float level : levels) {
    const double deviation = std::max(level, floor) - mean;
    squares += deviation * deviation;
  }
  return {mean, std::sqrt(squares / count)};
}

}  // namespace

Stems decibels(Stems stems) {
  for (std::vector<float>* stem : {&stems.vocals, &stems.drums, &stems.bass, &stems.other})
    amplitude_to_db(*stem);
  return stems;
}

std::array<double, 8> timbre(const Stems& levels, std::size_t begin, std::size_t end) {
  std::array<double, 8> values{};
  std::size_t column = 0;
  for (const std::vector<float>* stem : {&levels.vocals, &levels.drums, &levels.bass, &levels.other}) {
    assert(begin < end && end <= stem->size());
    const auto [mean, deviation] = mean_and_deviation(std::span(*stem).subspan(begin, end - begin));
    values[column++] = mean;
    values[column++] = deviation;
  }
  return values;
}

}  // namespace musicmem::features
