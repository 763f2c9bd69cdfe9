// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "data/generator.h"

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

// Folds that keep the tracks of a group (a song, an artist) together. Groups are numbers 0 .. G - 1, one a track.
namespace musicmem::models {

// Groups by falling size, each to the fold that has fewest tracks (of several the lowest), as scikit-learn's
// GroupKFold. Groups of one size are taken by first appearance, or in random order where there is a generator.
// `folds`: 2 .. number of groups.
std::vector<int> balanced_group_folds(std::span<const int> groups, int folds,
                                      std::optional<data::Generator> generator);

// Groups by falling spread of their counts over `classes` (0 .. C - 1, one a track), each to the fold with which the
// classes' shares differ least between folds (nearly the same: to the smaller fold), as scikit-learn's
// StratifiedGroupKFold; groups in order as above.
std::vector<int> stratified_group_folds(std::span<const int> classes, std::span<const int> groups, int folds,
                                        std::optional<data::Generator> generator);

// The bin of each value among bins of equal counts, equal values in one: 0 .. bins - 1, without gaps.
std::vector<int> quantile_bins(std::span<const double> values, std::size_t bins);

}  // namespace musicmem::models
