// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/protocol/fold_fit.h"
#include "models/protocol/folds.h"
#include "models/tables/training_rows.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

// What every fit of a fold begins and ends with, whatever the model.
namespace musicmem::models {

// "none" for a fit without randomness.
std::string seed_text(const FoldFitRequest& request);

// Seed of one generator of this fit.
std::uint64_t fit_seed(const FoldFitRequest& request, const char* purpose);

// Throws Error that names the fit where the model or the table cannot serve the variant.
void check_request(const FoldFitRequest& request);

// Tracks to train on, to stop by and to test. Throws Error that names the fit if nothing is left to train on
// or to test.
Split make_split(const FoldFitRequest& request);

// How many rows the fit learns from.
std::size_t training_rows(const FoldFitRequest& request);

// The labels to learn, one a track: true ones, or permuted over the tracks that are not tested.
std::vector<double> labels_to_learn(const FoldFitRequest& request, const Split& split);

// How much each of the training rows counts, with mean 1, by label smoothing (`shares`: their labels on the scale that is
// learned) and by the labels' own weights; empty where all count alike.
std::vector<double> row_weights(const FoldFitRequest& request, const Split& split, const Rows& rows,
                                std::span<const double> shares);

// The labels that scores are held against, one a track: the true ones, and within a control's training tracks those that
// it learns.
std::vector<double> labels_to_reach(const FoldFitRequest& request);

// The scores of rows as segment predictions with the labels to reach, by track and then in the table's order.
std::vector<SegmentPrediction> segment_predictions(const FoldFitRequest& request,
                                                   const std::vector<std::size_t>& rows,
                                                   const std::vector<double>& scores);

// One prediction a track from its segments, which follow each other.
std::vector<TrackPrediction> pool_tracks(const std::vector<SegmentPrediction>& segments,
                                         const config::CrossValidation& settings);

Metrics metrics_of(const std::vector<TrackPrediction>& tracks);

}  // namespace musicmem::models
