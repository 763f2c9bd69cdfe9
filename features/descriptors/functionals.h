// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "features/spectra/feature_matrix.h"

#include <span>

namespace musicmem::features {

// What a whole clip's frames amount to, six numbers for each bin of each matrix: mean, population standard
// deviation, lower quartile, median, upper quartile (linear between neighbours, as numpy.quantile), and the
// slope of the least-squares line in units per frame. Named "mfcc_01_mean", "mfcc_01_std", "_q25", "_q50",
// "_q75", "_slope".
PooledFeatures functionals(std::span<const FeatureMatrix> matrices);

}  // namespace musicmem::features
