// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/settings/cross_validation.h"

#include <span>

namespace musicmem::models {

// The score of a track from those of its segments, at least one. Equal scores pool to exactly that score.
double pool_segments(std::span<const double> scores, config::Pooling pooling);

// How a study pools: protocol audmem always takes the maximum.
config::Pooling pooling_of(const config::CrossValidation& settings);

}  // namespace musicmem::models
