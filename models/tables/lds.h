// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <vector>

namespace musicmem::models {

// Label distribution smoothing (Y. Yang et al., "Delving into Deep Imbalanced Regression", ICML 2021): rows
// whose label is rare among similar labels weigh more in the loss.
//
// Labels, as shares of their scale (LabelScale), are counted in 20 bins of width 0.05 (1 belongs to the last). The counts are
// convolved with a Gaussian of 5 bins and sigma 2 whose peak is 1, with nothing beyond the ends; a row weighs
// 1 / its bin's smoothed count. Returns one weight per label, scaled to mean 1.
std::vector<double> lds_weights(std::span<const double> labels);

}  // namespace musicmem::models
