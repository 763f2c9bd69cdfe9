// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/settings/cross_validation.h"
#include "config/settings/source.h"
#include "config/settings/variant.h"
#include "data/segment_table.h"
#include "models/statistics/metrics.h"
#include "models/tabular/regressor.h"
#include "weights/pth_file.h"
#include "weights/state_file.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace musicmem::models {

// A fold within the training tracks of a fit, to judge settings by: tested in place of the fit's own test tracks.
struct InnerFold {
  int fold = 0;  // 0 .. folds - 1
  int folds = 5;
};

// One cell of the study's grid. The table, model and settings must outlive the request.
struct FoldFitRequest {
  const data::SegmentTable& table;
  const config::ModelSpec& model;
  const config::CrossValidation& cross_validation;
  config::Variant variant = config::Variant::vanilla;
  bool shuffled_control = false;                           // train on permuted labels
  std::optional<std::uint64_t> study_seed = std::nullopt;  // may be empty where fit_is_deterministic
  int fold = 0;                                            // 0 .. folds - 1
  int repeat = 0;                                          // of a repeated cross-validation
  FitLimits limits = {};
  config::ScoreRange range = {};  // of the labels
  double share = 1.0;             // of the training tracks that are learned from, in (0, 1]
  std::optional<InnerFold> inner = std::nullopt;
};

struct TrackPrediction {
  int track = 0;  // index into the table's tracks
  double label = 0.0;
  double prediction = 0.0;
};

struct SegmentPrediction {
  int track = 0;
  int segment = 0;  // as in the table: 1..9, or 0 for the whole clip
  double label = 0.0;
  double prediction = 0.0;
};

struct FoldFitResult {
  std::vector<TrackPrediction> tracks;      // of the test fold, ascending; never clipped
  std::vector<SegmentPrediction> segments;  // of the same tracks, by track and then in the table's order
  Metrics test;                             // over tracks, against the true labels
  std::optional<Metrics> validation;        // the same of the validation part, for models that have one
  std::vector<CurvePoint> curve;            // empty for models without epochs
  weights::StateFile weights;               // TrainedModel predicts from it alone
  std::optional<weights::PthFile> checkpoint = std::nullopt;  // of a network, instead of the weights above
  std::string arithmetic = {};  // where matrix products may be rounded: FitHardware::arithmetic()
};

// Whether the fit is the same for every seed of the study, so that one is enough ("seed-none").
bool fit_is_deterministic(const config::ModelSpec& model, bool shuffled_control);

// Splits, normalises, trains and tests. The result is a function of the request alone.
//
// Trains on the originals, or on all pitch variants for augmented variants; validates and tests on originals
// only. Tracks without rows are left out. Features are normalised with the statistics of the rows trained on,
// under protocol audmem the test features with their own. Models that stop early validate on as many tracks
// as the fold tests, drawn by seed and fold only, so that all models and variants of a study are compared on
// the same tracks. A share of the training tracks is drawn by fold alone, and holds a validation part of that share. Throws Error that names the fit if nothing is left to train on or to test, if a feature is
// not finite, or if the model has no such variant.
FoldFitResult fit_fold(const FoldFitRequest& request);

// The test metrics of fit_fold() with each of `models` in place of the request's, whose kind they share. What is common
// to them is computed once.
std::vector<Metrics> score_models(const FoldFitRequest& request,
                                  const std::vector<config::ModelSpec>& models);

}  // namespace musicmem::models
