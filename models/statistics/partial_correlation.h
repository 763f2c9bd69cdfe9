// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/statistics/bootstrap.h"

#include <optional>
#include <span>
#include <vector>

// What agreement is left where that of both sides with other variables is taken out.
namespace musicmem::models {

using Covariates = std::vector<std::vector<double>>;  // one list a covariate, a value a track

// Spearman's partial correlation of x and y given the covariates: Pearson's of the residuals of their ranks, each
// regressed on the ranks of the covariates (least squares with a constant), as SciPy's users and pingouin take it.
// A covariate that follows from others counts for nothing. Empty for fewer than three points, and where one side is
// constant or follows from the covariates; without covariates Spearman's correlation.
std::optional<double> partial_spearman(std::span<const double> x, std::span<const double> y,
                                       const Covariates& covariates);

// The mean over `predictions` of their partial correlations with the labels, resample by resample, as
// resampled_spearman().
Replicates resampled_partial_spearman(std::span<const double> labels,
                                      const std::vector<std::vector<double>>& predictions,
                                      const Covariates& covariates, const BootstrapSettings& settings = {},
                                      std::span<const int> groups = {});

}  // namespace musicmem::models
