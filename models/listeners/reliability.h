// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>

namespace musicmem::models {

// How far the listeners' scores can be relied on.
struct Reliability {
  double split_half_mean = 0.0;  // Spearman correlation of the scores of two random halves of the listeners
  std::optional<double> split_half_sd = std::nullopt;   // over the splits
  int splits = 0;                                       // 0 where that is not known
  std::optional<double> spearman_brown = std::nullopt;  // of the scores of all listeners
  std::optional<double> ceiling = std::nullopt;         // the correlation that a perfect predictor reaches

  bool operator==(const Reliability&) const = default;

  // With the reliability of scores of twice as many listeners as in a half, 2 r / (1 + r) (C. Spearman, W. Brown, 1910),
  // and its square root, the correlation of those scores with the ones that endlessly many listeners would give. Neither
  // is there for halves that do not agree, r <= 0.
  static Reliability of_halves(double mean, std::optional<double> sd, int splits);
};

// Of the published scores of YTMM: 25 splits.
Reliability reliability_of_ytmm();

}  // namespace musicmem::models
