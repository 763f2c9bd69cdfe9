// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "launcher/run_results.h"
#include "models/significance.h"

#include <optional>
#include <string>
#include <vector>

// Which model is better, and by how much: the tests of a report.
namespace musicmem::launcher {

// What is compared with what; p-values are adjusted within one family and metric.
enum class Family {
  models,    // each model's chosen variant against every other's
  variants,  // each variant against its model's vanilla
  controls,  // each model against itself trained on permuted labels
};
std::string to_string(Family family);

// a - b in one metric, folds paired and seeds averaged within a fold first.
struct Comparison {
  Family family = Family::models;
  std::string metric;  // spearman, mse or mae
  const FitGroup* a = nullptr;
  const FitGroup* b = nullptr;
  std::size_t folds = 0;                // where both are defined
  std::optional<double> difference;     // mean over them
  std::optional<models::TTest> test;    // corrected resampled t-test
  std::optional<double> p_holm;         // of the t-test
  std::optional<double> permutation_p;  // of the tracks' absolute errors; with metric mae only
  int permutations = 0;                 // behind it
  std::optional<double> permutation_p_holm;
};

struct Comparisons {
  std::vector<Comparison> rows;  // by family and metric
  // Why there are no tests, where there are none.
  std::string refusal;
  // Which variant stands for each model, and how it was chosen, in order.
  std::vector<std::string> choices;
};

// All comparisons of a report. Grids with missing fits are refused unless `allow_partial`; then the folds
// that both have are compared. The groups must outlive the result.
Comparisons compare_groups(const RunResults& results, bool allow_partial);

// The group that stands for its model: the variant with the highest mean validation Spearman correlation,
// which the test labels have no part in; the first variant for models without a validation part.
std::vector<const FitGroup*> chosen_groups(const RunResults& results);

// Test tracks by training tracks of a fold, on average (n_test / n_train of the t-test). Validation tracks
// count as training: they are part of what the learner sees.
double test_to_train_ratio(const RunPlan& plan);

}  // namespace musicmem::launcher
