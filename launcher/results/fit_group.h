// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/model_traits.h"
#include "launcher/results/model_warnings.h"
#include "launcher/stages/fit_files.h"
#include "launcher/study/run_plan.h"
#include "models/statistics/bootstrap.h"
#include "models/statistics/metrics.h"
#include "models/statistics/partial_correlation.h"

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace musicmem::launcher {

// One finished fit, measured again from its predictions.
struct FinishedFit {
  PlannedFit plan;
  std::size_t tracks = 0;
  models::Metrics metrics;
  FitRecord record;
  std::filesystem::path predictions;  // the file
};

// Mean and standard deviation over folds, seeds averaged within a fold first; the deviation has n - 1 in its
// denominator. Empty where there is nothing to take it of.
struct FoldStatistic {
  std::optional<double> mean;
  std::optional<double> deviation;
};

std::string rounded(const FoldStatistic& statistic, int digits = 3);  // "0.123 ± 0.045"

using Metric = std::function<std::optional<double>(const models::Metrics&)>;

// The metrics of reports: spearman, pearson, mse, mae, r2, rmse, kendall.
struct NamedMetric {
  std::string name;   // in tables
  std::string title;  // for people
  Metric of;
  bool higher_is_better = false;
};
const std::vector<NamedMetric>& named_metrics();
const NamedMetric& named_metric(const std::string& name);

// One model and variant: its fits and what is said of them.
struct FitGroup {
  std::string run;    // its name in a report on several runs, where it stands before the model's; else empty
  std::string model;  // label, in a report on several runs "<run>/<label>"
  std::string kind;   // as in PlannedFit
  std::string variant;
  std::string initial_weights;  // initial_weights_of(), where it is known
  std::size_t expected_fits = 0;
  std::size_t undefined = 0;      // fits whose correlation is undefined; they are left out of its means
  std::size_t undefined_r2 = 0;   // the same of R²: fits whose labels are all the same
  std::vector<FinishedFit> fits;  // in the plan's order
  FoldStatistic spearman;
  FoldStatistic pearson;
  FoldStatistic mse;
  FoldStatistic mae;
  FoldStatistic r2;
  FoldStatistic rmse;
  FoldStatistic kendall;
  std::optional<double>
      seed_deviation;  // of the Spearman correlation: over seeds within a fold, mean over folds

  // Over all tested tracks of a seed at once, then the mean over seeds; with its 95 % bootstrap interval over
  // tracks. Empty where fits are missing.
  std::optional<double> pooled_spearman;
  std::optional<double> pooled_pearson;
  std::optional<models::Interval> pooled_interval;
  int resamples = 0;                // behind the interval
  int undefined_resamples = 0;      // of them, left out of it
  models::Replicates replicates{};  // of pooled_spearman, to pair with those of other groups

  // The pooled correlation given the covariates of the study; empty without them and for their own baseline.
  std::optional<double> partial_spearman;
  models::ReplicateInterval partial_interval{};

  // By track of the plan, means over seeds; NaN for a track that was not tested.
  std::vector<double> prediction;
  std::vector<double> absolute_error;

  bool complete() const { return fits.size() == expected_fits; }
  bool is_control() const { return variant == "shuffled"; }
  // Of a part of the features.
  bool is_ablation() const { return variant.starts_with("without-") || variant.starts_with("only-"); }
  // Of a part of the training tracks; the share is 1 of all others.
  bool is_share() const { return variant.starts_with("share-"); }
  double share() const;
  // Learns from data.covariates alone.
  bool is_covariate_baseline() const { return label() == covariates_name; }
  bool may_stand_for_model() const { return !is_control() && !is_ablation() && !is_share(); }
  // Of a model that predicts the mean label: a fold with high labels lowers the mean that it is predicted
  // from.
  bool is_negative_by_construction() const {
    return config::traits_of(kind).predicts_label_mean && pooled_spearman && *pooled_spearman < 0.0;
  }
  std::string label() const { return run.empty() ? model : model.substr(run.size() + 1); }
  // For people: says where a transformer was not pre-trained.
  std::string model_title() const { return model + (began_at_random() ? " (random weights)" : ""); }
  bool began_at_random() const { return initial_weights == random_weights; }
  std::string name() const { return model_title() + " " + variant; }
  // Whether all its seeds are there in one of the study's `folds`.
  bool has_all_seeds(int fold, int folds) const;
  // Mean over seeds of each fold's metric, where it is defined.
  std::map<int, double> fold_means(const Metric& metric) const;
  std::string fits_text() const;  // "47 of 50"
  // Mean Spearman correlation over the validation parts; empty for models without one.
  std::optional<double> validation_spearman() const;
};

// Adds up the fits of one group, one after the other, without keeping their rows longer than finish().
class FitGroupBuilder {
 public:
  // `like`: any of the group's fits.
  FitGroupBuilder(const RunPlan& plan, const PlannedFit& like, std::size_t expected_fits);

  // `tracks`: index into plan.tracks of each row; `predictions`: the file that they are from.
  void add(const PlannedFit& fit, FitRecord record, const std::vector<PredictionRow>& rows,
           const std::vector<std::size_t>& tracks, std::filesystem::path predictions);
  FitGroup finish();

 private:
  void measure_folds();
  void measure_pooled();
  void measure_partial(const std::vector<double>& labels, const std::vector<std::vector<double>>& lists,
                       const std::vector<int>& groups, const models::Covariates& covariates);
  void average_over_seeds();

  const RunPlan& plan_;
  FitGroup group_;
  // Of each seed and repeat, the prediction of each track of the plan, NaN for none.
  std::map<std::pair<std::string, int>, std::vector<double>> by_seed_;
};

}  // namespace musicmem::launcher
