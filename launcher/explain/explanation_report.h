// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "launcher/explain/explain_fit.h"
#include "launcher/explain/explanations.h"
#include "models/statistics/bootstrap.h"

#include <filesystem>
#include <string>
#include <vector>

namespace musicmem::launcher {

// One feature's part in a model's predictions, over all test folds and seeds.
struct FeatureEffect {
  std::string feature;
  double mean_absolute = 0.0;  // mean |SHAP value| over segments
  // How far the SHAP value moves when the feature rises by one standard deviation: the slope of one on the
  // other over segments. Its sign is the direction of the feature's effect; with a 95 % bootstrap interval
  // over tracks.
  double signed_effect = 0.0;
  models::Interval interval;
  double permutation_importance = 0.0;  // increase of the mean squared error, mean over fits
};

// All fits of one model and variant, explained; parallel to `fits`.
struct ModelExplanation {
  ExplainedModel of;
  std::vector<PlannedFit> fits;
  std::vector<ExplainedFit> explained;
};

// The effects of all features, largest mean |SHAP value| first.
std::vector<FeatureEffect> feature_effects(const ModelExplanation& explanation,
                                           const data::SegmentTable& table);

// Writes shap.csv (a row per segment and fit: track,fold,seed,segment_idx,base,prediction and one value per
// feature), effects.csv and figures/ into `directory`. Returns the effects.
std::vector<FeatureEffect> write_explanation(const ModelExplanation& explanation,
                                             const data::SegmentTable& table,
                                             const std::filesystem::path& directory);

}  // namespace musicmem::launcher
