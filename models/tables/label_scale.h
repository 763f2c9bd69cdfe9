// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/settings/source.h"

#include <span>
#include <vector>

namespace musicmem::models {

// Models learn labels as shares of their range, so that their settings (an SVR's epsilon, a network's learning rate)
// mean the same for scores of any scale: label = low + span x share.
struct LabelScale {
  double low = 0.0;
  double span = 1.0;

  bool is_identity() const { return low == 0.0 && span == 1.0; }
  // To ten decimals: labels that are a x label + b of others are learned as the same shares, bit for bit, and
  // an SVR, whose solver takes another path for another last bit, orders the tracks alike.
  double share(double label) const;
  double label(double share) const { return low + span * share; }
  std::vector<double> shares(std::span<const double> labels) const;
  std::vector<double> labels(std::span<const double> shares) const;

  // Of a range, or for any of the labels of the training rows; 1 wide where those are all the same.
  static LabelScale of(const config::ScoreRange& range, std::span<const double> training_labels);
};

}  // namespace musicmem::models
