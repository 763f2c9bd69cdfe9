// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/tabular/mlp_loss.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstddef>

namespace musicmem::models {
namespace {

void add_squared_error(LossSlope& result, std::span<const float> scores, std::span<const float> labels,
                       std::span<const float> weights, double share) {
  const double scale = share / static_cast<double>(scores.size());
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const double error = static_cast<double>(scores[i]) - labels[i];
    const double weighted = scale * error * (weights.empty() ? 1.0F : weights[i]);
    result.loss += weighted * error;
    result.slope[i] += static_cast<float>(2.0 * weighted);
  }
}

// log(1 + exp(x)) without overflow.
double softplus(double x) {
  return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x)));
}

double sigmoid(double x) {
  return 1.0 / (1.0 + std::exp(-x));
}

std::size_t count_ordered_pairs(std::span<const float> labels) {
  std::size_t pairs = 0;
  for (const float high : labels) {
    for (const float low : labels) pairs += high > low ? 1 : 0;
  }
  return pairs;
}

void add_ranking_loss(LossSlope& result, std::span<const float> scores, std::span<const float> labels,
                      double share) {
  const std::size_t pairs = count_ordered_pairs(labels);
  if (pairs == 0) return;
  const double scale = share / static_cast<double>(pairs);
  for (std::size_t i = 0; i < scores.size(); ++i) {
    for (std::size_t j = 0; j < scores.size(); ++j) {
      if (!(labels[i] > labels[j])) continue;
      const double inversion = static_cast<double>(scores[j]) - scores[i];
      result.loss += scale * softplus(inversion);
      const auto pull = static_cast<float>(scale * sigmoid(inversion));
      result.slope[i] -= pull;
      result.slope[j] += pull;
    }
  }
}

}  // namespace

LossSlope mlp_loss(std::span<const float> scores, std::span<const float> labels,
                   std::span<const float> weights, double ranking_share) {
  assert(!scores.empty() && scores.size() == labels.size());
  assert(weights.empty() || weights.size() == scores.size());
  LossSlope result{0.0, std::vector<float>(scores.size(), 0.0F)};
  add_squared_error(result, scores, labels, weights, 1.0 - ranking_share);
  if (ranking_share > 0.0) add_ranking_loss(result, scores, labels, ranking_share);
  return result;
}

}  // namespace musicmem::models
