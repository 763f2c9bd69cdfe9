// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "launcher/explain/explain_fit.h"
#include "launcher/explain/explainer.h"
#include "models/statistics/bootstrap.h"

#include <string>
#include <vector>

namespace musicmem::launcher {

// One feature's part in a model's predictions, over all test folds and seeds.
struct FeatureEffect {
  std::string feature;         // or the block
  bool has_value = true;       // a block of several columns has none, and no signed effect
  double mean_absolute = 0.0;  // mean |SHAP value| over segments
  // How far the SHAP value moves when the feature rises by one standard deviation: the slope of one on the
  // other over segments. Its sign is the direction of the feature's effect; with a 95 % bootstrap interval
  // over tracks.
  double signed_effect = 0.0;
  models::Interval interval;
  double permutation_importance = 0.0;  // increase of the mean squared error, mean over fits
};

// The explained fits of one model and variant.
using ExplainedFits = std::vector<ExplainedFit>;

// The effects of all features, largest mean |SHAP value| first.
std::vector<FeatureEffect> feature_effects(const ExplainedFits& explained, const data::SegmentTable& table,
                                           const Players& players);

// Explains models of features by Shapley values: a task per fit. Writes shap.csv (a row per segment and fit:
// track,fold,seed,segment_idx,base,prediction and one value per player) and effects.csv.
class FeatureExplainer : public Explainer {
 public:
  // `blocks`: of the table's columns, whose importance is summed where the players are single columns.
  FeatureExplainer(ExplainSubject subject, data::SegmentTable table, Players players, Players blocks,
                   const ExplainSettings& settings);

 private:
  bool is_done(std::size_t task) const override;
  void explain(std::size_t task, FitWeights weights) const override;
  Findings findings() const override;
  ExplanationMethod method() const override { return ExplanationMethod::shap; }

  data::SegmentTable table_;
  Players players_;
  Players blocks_;
  ExplainSettings settings_;
};

}  // namespace musicmem::launcher
