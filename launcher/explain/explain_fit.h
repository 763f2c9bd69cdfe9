// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "data/segment_table.h"
#include "features/feature_blocks.h"
#include "launcher/stages/fit_files.h"
#include "launcher/study/run_plan.h"
#include "models/shap/shap.h"

#include <filesystem>
#include <string>
#include <vector>

namespace musicmem::launcher {

struct ExplainSettings {
  std::size_t samples = 0;   // coalitions; 0 for the usual number
  std::size_t centers = 10;  // of the background
  int repeats = 5;           // of each permutation
};

// What a prediction is shared among: features, or blocks of them.
using Players = std::vector<features::FeatureBlock>;

// The explanation of one fit's test fold, one row per segment.
struct ExplainedFit {
  double base = 0.0;                // mean prediction over the background
  std::vector<std::size_t> rows;    // of the table
  std::vector<double> predictions;  // of each row
  data::Matrix values;              // rows x players
  std::vector<double> importance;   // permutation importance of each player
};

// Explains what a fit with these weights predicts for its test fold, against the k-means centers of the other
// folds' original segments. A function of the files and settings alone. Throws Error where the weights are
// damaged or of other features.
ExplainedFit explain_fit(const FitWeights& weights, const PlannedFit& fit, const RunPlan& plan,
                         const data::SegmentTable& table, const Players& players,
                         const ExplainSettings& settings);

// An explained fit as a file. `hash`: of all that it was made of; reading returns false where there is no such
// file, or it is damaged.
void write_explained_fit(const std::filesystem::path& file, const std::string& hash, const ExplainedFit& fit);
bool read_explained_fit(const std::filesystem::path& file, const std::string& hash, ExplainedFit& fit);

}  // namespace musicmem::launcher
