// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/tables/pooling.h"

#include <algorithm>
#include <cassert>

namespace musicmem::models {

double pool_segments(std::span<const double> scores, config::Pooling pooling) {
  assert(!scores.empty());
  if (pooling == config::Pooling::max) return *std::max_element(scores.begin(), scores.end());
  // Averaging the differences from the first score keeps a constant prediction constant over tracks with
  // different numbers of segments, so that its correlation stays undefined.
  double differences = 0.0;
  for (const double score : scores) differences += score - scores.front();
  return scores.front() + differences / static_cast<double>(scores.size());
}

config::Pooling pooling_of(const config::CrossValidation& settings) {
  return settings.protocol == config::Protocol::audmem ? config::Pooling::max : settings.pooling;
}

}  // namespace musicmem::models
