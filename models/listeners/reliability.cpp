// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/listeners/reliability.h"

#include <cmath>

namespace musicmem::models {

Reliability Reliability::of_halves(double mean, std::optional<double> sd, int splits) {
  Reliability reliability{.split_half_mean = mean, .split_half_sd = sd, .splits = splits};
  if (mean > 0.0) {
    reliability.spearman_brown = 2.0 * mean / (1.0 + mean);
    reliability.ceiling = std::sqrt(*reliability.spearman_brown);
  }
  return reliability;
}

Reliability reliability_of_ytmm() {
  constexpr double mean = 0.8211;
  constexpr double sd = 0.020;
  constexpr int splits = 25;
  return Reliability::of_halves(mean, sd, splits);
}

}  // namespace musicmem::models
