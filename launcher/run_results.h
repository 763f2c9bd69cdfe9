// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "launcher/fit_files.h"
#include "launcher/run_directory.h"
#include "launcher/run_plan.h"
#include "models/metrics.h"

#include <optional>
#include <string>
#include <vector>

namespace musicmem::launcher {

// One finished fit, read back and measured again from its predictions.
struct FinishedFit {
  PlannedFit plan;
  std::vector<PredictionRow> rows;
  models::Metrics metrics;
};

// Mean and standard deviation over folds, seeds averaged within a fold first; the deviation has n - 1 in its
// denominator. Empty where there is nothing to take it of.
struct FoldStatistic {
  std::optional<double> mean;
  std::optional<double> deviation;
};

// One model and variant of the summary.
struct SummaryRow {
  std::string model;
  std::string variant;
  std::size_t fits = 0;
  std::size_t expected_fits = 0;
  std::size_t undefined = 0;  // fits whose correlation is undefined; they are left out of its means
  FoldStatistic spearman;
  FoldStatistic pearson;
  FoldStatistic mse;
  FoldStatistic mae;
  // Over all tested tracks of a seed at once, then the mean over seeds; empty where fits are missing.
  std::optional<double> pooled_spearman;
  std::optional<double> pooled_pearson;
};

// All that a report says, computed from plan.json and the fits' predictions.csv.
struct RunResults {
  RunPlan plan;
  std::vector<FinishedFit> fits;    // in the plan's order
  std::vector<PlannedFit> missing;  // planned, but not there, damaged or of another hash
  std::vector<SummaryRow> summary;  // in the plan's order
  std::vector<Failure> failures;
};

// Reads a run. Fits whose hash is not the plan's are missing. Throws Error where there is no plan, or where a
// fit's predictions do not belong to the run (an unknown track, another label or fold).
RunResults read_run_results(const RunDirectory& run);

}  // namespace musicmem::launcher
