// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/ssast/network/ssast.h"
#include "models/ssast/scorer.h"

#include <ATen/core/Tensor.h>

namespace musicmem::models {

// Integrated gradients (M. Sundararajan, A. Taly, Q. Yan, "Axiomatic Attribution for Deep Networks", ICML
// 2017): each value's distance from the baseline, times the mean of the score's gradient on the straight way
// between the two. The values sum to score - base up to the error of the integral, taken at `points` >= 1
// places (Gauss and Legendre). Input and baseline are one clip as forward() takes it, [target_length,
// mel_bins].
Attribution integrated_gradients(Ssast& model, const at::Tensor& input, const at::Tensor& baseline,
                                 int points);

}  // namespace musicmem::models
