// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <vector>

namespace musicmem::models {

struct LossSlope {
  double loss = 0.0;
  std::vector<float> slope;  // derivative by each score
};

// The loss of one batch and its derivative: (1 - share) x squared error + share x ranking loss.
//
// Squared error: mean over the batch of weight x (score - label)^2; `weights` is empty for all 1.
// Ranking loss: mean over the pairs with label i > label j of log(1 + exp(score j - score i)), as RankNet has
// it (C. Burges et al., "Learning to Rank using Gradient Descent", ICML 2005); 0 where all labels are equal.
LossSlope mlp_loss(std::span<const float> scores, std::span<const float> labels,
                   std::span<const float> weights, double ranking_share);

}  // namespace musicmem::models
