// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/tables/lds.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

namespace musicmem::models {
namespace {

constexpr int bins = 20;
constexpr int kernel_radius = 2;
constexpr double kernel_sigma = 2.0;

using Histogram = std::array<double, bins>;

int bin_of(double label) {
  return std::clamp(static_cast<int>(std::floor(label * bins)), 0, bins - 1);
}

Histogram smoothed(const Histogram& counts) {
  Histogram result{};
  for (int bin = 0; bin < bins; ++bin) {
    for (int offset = -kernel_radius; offset <= kernel_radius; ++offset) {
      const int neighbour = bin + offset;
      if (neighbour < 0 || neighbour >= bins) continue;
      const double distance = offset / kernel_sigma;
      result[bin] += counts[neighbour] * std::exp(-0.5 * distance * distance);
    }
  }
  return result;
}

}  // namespace

std::vector<double> lds_weights(std::span<const double> labels) {
  Histogram counts{};
  for (const double label : labels) counts[bin_of(label)] += 1.0;
  const Histogram density = smoothed(counts);

  std::vector<double> weights;
  for (const double label : labels) weights.push_back(1.0 / density[bin_of(label)]);
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  for (double& weight : weights) weight *= static_cast<double>(weights.size()) / sum;
  return weights;
}

}  // namespace musicmem::models
