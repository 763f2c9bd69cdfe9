// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/settings/cross_validation.h"
#include "data/segment_table.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

// How tracks are cut into folds. Tracks are indices into the study's track list; lists of them ascend.
namespace musicmem::models {

inline constexpr int never_tested = -1;

// What folds are cut by, one entry a track each.
struct FoldTracks {
  std::span<const double> labels;            // matter for stratification only
  std::span<const std::string> groups = {};  // tracks of one text stay together; empty: each is alone
  std::span<const int> given = {};           // folds of the labels, from 0; for Folds::given alone
};
FoldTracks fold_tracks(const data::SegmentTable& table);

// How many folds there are: as set, one a group, or as given. Throws Error where that cannot be.
int count_folds(const FoldTracks& tracks, const config::CrossValidation& settings);

// The fold that tests each track.
//
// strict: `shuffle` permutes the tracks, or leaves them in order where it is empty; then contiguous folds,
// the first n mod k of them one track larger, as scikit-learn's KFold. `stratify` deals tracks, ordered by
// score, so that each fold gets one of every k neighbours. With groups: balanced_group_folds, or with
// `stratify` stratified_group_folds over 10 bins of equal counts of the scores, or fewer where groups are few;
// `shuffle` permutes groups of equal size. audmem: contiguous folds of floor(n / k) tracks; the last n mod k
// are never_tested. Throws Error for fewer than two folds, more folds than tracks or groups, given folds
// that are not 0 .. k - 1 or part a group, or options that the protocol does not have. `repeat`: of a repeated
// cross-validation, from 0; later ones are shuffled by seeds drawn from `shuffle`, or from 0.
std::vector<int> assign_folds(const FoldTracks& tracks, const config::CrossValidation& settings,
                              int repeat = 0);

struct Split {
  std::vector<int> train;
  std::vector<int> validation;  // empty until held out
  std::vector<int> test;
};

// Test: the tracks of `fold`; train: all others. Tracks that are not `usable` (one
// entry per track) are left out.
Split split_tracks(const std::vector<int>& fold_of, int fold, const std::vector<bool>& usable);

// Seed of the training tracks of a learning curve: the same for all models, variants and seeds.
std::uint64_t share_seed(int fold, int repeat);

// Keeps floor(`share` x n) of the n training tracks, at least one, in the order that `seed` draws: those of a smaller
// share are among those of a larger one. With groups (one entry per track) the groups drawn first, as many as come
// nearest to that number.
void keep_share(Split& split, double share, std::uint64_t seed, std::span<const std::string> groups = {});

// Moves `count` tracks, drawn by `seed`, from the training to the validation part; at most half of the
// training part, so that two folds leave something to train on. With groups (one entry per track): whole
// groups in drawn order, each that still fits; where none does, the smallest, if another is left to train on.
void hold_out_validation(Split& split, std::size_t count, std::uint64_t seed,
                         std::span<const std::string> groups = {});

}  // namespace musicmem::models
