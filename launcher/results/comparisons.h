// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "launcher/results/run_results.h"
#include "models/statistics/significance.h"

#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

// Which model is better, and by how much: the tests of a report.
namespace musicmem::launcher {

// What is compared with what; p-values are adjusted within one family and metric.
enum class Family {
  models,    // each model's chosen variant against every other's
  runs,      // of several runs: the same model and variant, run against run
  variants,  // each variant against its model's vanilla
  controls,  // each model against itself trained on permuted labels
  ablation,  // each model without a block of its features, or on one alone, against itself on all
  learning,  // each model on a share of the training tracks against itself on all of them
  chance,    // each variant: whether its correlation is 0
};
inline constexpr std::array families = {Family::models,   Family::runs,     Family::variants,
                                        Family::controls, Family::ablation, Family::learning,
                                        Family::chance};
std::string to_string(Family family);

// a - b in one metric, folds paired and seeds averaged within a fold first. Against chance there is no b: its
// correlation is 0 in every fold.
struct Comparison {
  Family family = Family::models;
  std::string metric;  // spearman, pearson, mse or mae
  const FitGroup* a = nullptr;
  const FitGroup* b = nullptr;
  std::size_t folds = 0;                       // where both are defined
  std::optional<double> difference;            // mean over them
  std::optional<models::TTest> test;           // corrected resampled t-test
  std::optional<double> p_holm;                // of the t-test
  double rope = 0.0;                           // differences from -rope to rope count as none
  std::optional<models::Posterior> posterior;  // of the difference, where there is a test
  std::optional<double> permutation_p;         // of the tracks' absolute errors; with metric mae only
  int permutations = 0;                        // behind it
  std::optional<double> permutation_p_holm;
  // Of the pooled Spearman correlations, with metric spearman only, where both are of the same tracks; with
  // its 95 % bootstrap interval over tracks, the same resamples for both.
  std::optional<double> pooled_difference;
  models::ReplicateInterval pooled_interval;

  // How likely a is to be better, b, or neither, by the Bayesian correlated t-test.
  std::optional<double> p_a_better() const;
  std::optional<double> p_equivalent() const;
  std::optional<double> p_b_better() const;
  std::string name_of_b() const { return b != nullptr ? b->name() : "chance"; }
};

struct Comparisons {
  std::vector<Comparison> rows;  // by family, then those with a test, by metric
  // Groups that repeat what an earlier run predicts by the same model and variant, each with the group of
  // that run, which stands for it in every family: a test that is made twice would weaken all others.
  std::vector<std::pair<const FitGroup*, const FitGroup*>> copies;
  // Other pairs that predict the same of every track: there is nothing to test, and they belong to no family.
  std::vector<std::pair<const FitGroup*, const FitGroup*>> identical;
  // Why there are no tests, where there are none.
  std::string refusal;
  // Which variant stands for each model that has several, and how it was chosen, in order.
  std::vector<std::string> choices;
};

// All comparisons of a report. Grids with missing fits are refused unless `allow_partial`; then the folds
// that both have are compared. The groups must outlive the result.
Comparisons compare_groups(const RunResults& results, bool allow_partial);

// How far models may differ in a metric and still count as equally good: RunPlan::rope, of errors times the variance
// or standard deviation of the labels (n in its denominator, as of R²).
double rope_of(const std::string& metric, const RunPlan& plan);

// The group that stands for its model: choose_variant() of each.
std::vector<const FitGroup*> chosen_groups(const RunResults& results);

// Test tracks by training tracks of a fold, on average (n_test / n_train of the t-test). Validation tracks
// count as training: they are part of what the learner sees.
double test_to_train_ratio(const RunPlan& plan);

}  // namespace musicmem::launcher
