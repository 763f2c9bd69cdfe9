// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/tables/label_scale.h"

#include <algorithm>
#include <cmath>

namespace musicmem::models {

double LabelScale::share(double label) const {
  constexpr double steps = 1e10;
  return std::round((label - low) / span * steps) / steps;
}

std::vector<double> LabelScale::shares(std::span<const double> labels) const {
  std::vector<double> result;
  for (const double value : labels) result.push_back(is_identity() ? value : share(value));
  return result;
}

std::vector<double> LabelScale::labels(std::span<const double> shares) const {
  std::vector<double> result;
  for (const double value : shares) result.push_back(is_identity() ? value : label(value));
  return result;
}

LabelScale LabelScale::of(const config::ScoreRange& range, std::span<const double> training_labels) {
  if (!range.any) return {range.low, range.high - range.low};
  if (training_labels.empty()) return {};
  const auto [least, most] = std::ranges::minmax(training_labels);
  return {least, most > least ? most - least : 1.0};
}

}  // namespace musicmem::models
