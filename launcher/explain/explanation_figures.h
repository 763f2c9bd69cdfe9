// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "launcher/explain/explanations.h"
#include "launcher/explain/feature_explainer.h"
#include "launcher/plot/gnuplot.h"

#include <string>
#include <vector>

namespace musicmem::launcher {

// The explained segments of a study, seeds averaged; one row each.
struct ExplainedRows {
  std::vector<std::string> columns;  // the players
  std::vector<int> track;
  data::Matrix shap;            // rows x players
  data::Matrix feature_values;  // the same, as extracted; 0 of a block, which has no value of its own
};
ExplainedRows average_over_seeds(const ExplainedFits& explained, const data::SegmentTable& table,
                                 const Players& players);

// "<name>-beeswarm" and "<name>-effects" of the features with the largest mean |SHAP value|, "<name>-dependence" of the
// first of them that have values, and "<name>-blocks", mean |SHAP value| summed over `blocks` of the features, where
// there are two or more.
std::vector<Figure> explanation_figures(const ExplainedModel& of, const ExplainedRows& rows,
                                        const std::vector<FeatureEffect>& effects,
                                        const Players& blocks = {});

}  // namespace musicmem::launcher
