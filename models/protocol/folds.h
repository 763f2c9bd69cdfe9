// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/settings/cross_validation.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

// How tracks are cut into folds. Tracks are indices into the study's track list; lists of them ascend.
namespace musicmem::models {

inline constexpr int never_tested = -1;

// The fold that tests each track, one entry per label (labels matter for stratification only).
//
// strict: `shuffle` permutes the tracks, or leaves them in order where it is empty; then contiguous folds,
// the first n mod k of them one track larger, as scikit-learn's KFold. `stratify` deals tracks, ordered by
// score, so that each fold gets one of every k neighbours. audmem: contiguous folds of floor(n / k) tracks;
// the last n mod k are never_tested. Throws Error for fewer than two folds, more folds than tracks, or
// options that the protocol does not have.
std::vector<int> assign_folds(std::span<const double> labels, const config::CrossValidation& settings);

struct Split {
  std::vector<int> train;
  std::vector<int> validation;  // empty until held out
  std::vector<int> test;
};

// Test: the tracks of `fold`; train: all others. Tracks that are not `usable` (one
// entry per track) are left out.
Split split_tracks(const std::vector<int>& fold_of, int fold, const std::vector<bool>& usable);

// Moves `count` tracks, drawn by `seed`, from the training to the validation part; at most half of the
// training part, so that two folds leave something to train on.
void hold_out_validation(Split& split, std::size_t count, std::uint64_t seed);

}  // namespace musicmem::models
