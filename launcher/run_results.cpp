// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/run_results.h"

#include "config/error.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <set>

namespace musicmem::launcher {
namespace {

using Fits = std::vector<const FinishedFit*>;

models::Metrics metrics_of(const std::vector<PredictionRow>& rows) {
  std::vector<double> labels;
  std::vector<double> predictions;
  for (const PredictionRow& row : rows) {
    labels.push_back(row.label);
    predictions.push_back(row.prediction);
  }
  return models::compute_metrics(labels, predictions);
}

// Holds a fit's rows against the plan: right fold and seed, known tracks of that fold, right labels.
void check_rows(const std::vector<PredictionRow>& rows, const PlannedFit& fit,
                const std::map<std::string, PlannedTrack>& tracks, const std::string& file) {
  const std::string advice = "remove the fit's directory and train again";
  if (rows.empty()) throw Error("holds no predictions", file, advice);
  for (const PredictionRow& row : rows) {
    const auto track = tracks.find(row.track);
    if (track == tracks.end()) throw Error("track '" + row.track + "' is not in the study", file, advice);
    if (row.fold != fit.fold || track->second.fold != fit.fold || row.seed != fit.seed) {
      throw Error("track '" + row.track + "' belongs to another fold or seed", file, advice);
    }
    if (row.label != track->second.label) {
      throw Error("the label of '" + row.track + "' is not the study's", file, advice);
    }
  }
}

std::optional<double> mean_of(const std::vector<double>& values) {
  if (values.empty()) return std::nullopt;
  double sum = 0.0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

std::optional<double> deviation_of(const std::vector<double>& values) {
  if (values.size() < 2) return std::nullopt;
  const double mean = *mean_of(values);
  double sum = 0.0;
  for (const double value : values) sum += (value - mean) * (value - mean);
  return std::sqrt(sum / static_cast<double>(values.size() - 1));
}

using Metric = std::function<std::optional<double>(const models::Metrics&)>;

FoldStatistic over_folds(const Fits& fits, const Metric& metric) {
  std::map<int, std::vector<double>> by_fold;
  for (const FinishedFit* fit : fits) {
    if (const auto value = metric(fit->metrics)) by_fold[fit->plan.fold].push_back(*value);
  }
  std::vector<double> fold_means;
  for (const auto& [fold, values] : by_fold) fold_means.push_back(*mean_of(values));
  return {mean_of(fold_means), deviation_of(fold_means)};
}

// The metric over all tracks of a seed, averaged over seeds.
std::optional<double> pooled(const Fits& fits, const Metric& metric) {
  std::map<std::string, std::vector<PredictionRow>> by_seed;
  for (const FinishedFit* fit : fits) {
    auto& rows = by_seed[fit->plan.seed];
    rows.insert(rows.end(), fit->rows.begin(), fit->rows.end());
  }
  std::vector<double> values;
  for (const auto& [seed, rows] : by_seed) {
    if (const auto value = metric(metrics_of(rows))) values.push_back(*value);
  }
  return mean_of(values);
}

SummaryRow summarise(const std::string& model, const std::string& variant, const Fits& fits,
                     std::size_t expected) {
  const Metric spearman = [](const models::Metrics& m) { return m.spearman; };
  const Metric pearson = [](const models::Metrics& m) { return m.pearson; };
  SummaryRow row;
  row.model = model;
  row.variant = variant;
  row.fits = fits.size();
  row.expected_fits = expected;
  row.undefined = static_cast<std::size_t>(
      std::count_if(fits.begin(), fits.end(), [](const FinishedFit* fit) { return !fit->metrics.spearman; }));
  row.spearman = over_folds(fits, spearman);
  row.pearson = over_folds(fits, pearson);
  row.mse = over_folds(fits, [](const models::Metrics& m) { return std::optional(m.mse); });
  row.mae = over_folds(fits, [](const models::Metrics& m) { return std::optional(m.mae); });
  if (fits.size() == expected) {
    row.pooled_spearman = pooled(fits, spearman);
    row.pooled_pearson = pooled(fits, pearson);
  }
  return row;
}

std::vector<SummaryRow> summarise_all(const RunPlan& plan, const std::vector<FinishedFit>& finished) {
  std::vector<std::pair<std::string, std::string>> order;
  std::map<std::pair<std::string, std::string>, std::size_t> expected;
  for (const PlannedFit& fit : plan.fits) {
    if (expected[{fit.model, fit.variant}]++ == 0) order.emplace_back(fit.model, fit.variant);
  }
  std::map<std::pair<std::string, std::string>, Fits> groups;
  for (const FinishedFit& fit : finished) groups[{fit.plan.model, fit.plan.variant}].push_back(&fit);
  std::vector<SummaryRow> rows;
  for (const auto& key : order) rows.push_back(summarise(key.first, key.second, groups[key], expected[key]));
  return rows;
}

}  // namespace

RunResults read_run_results(const RunDirectory& run) {
  RunResults results;
  results.plan = read_run_plan(run);
  results.failures = run.read_failures();
  std::map<std::string, PlannedTrack> tracks;
  for (const PlannedTrack& track : results.plan.tracks) tracks[track.name] = track;
  for (const PlannedFit& fit : results.plan.fits) {
    const std::filesystem::path directory = run.folds() / fit.directory;
    if (check_fit(directory, fit.hash) != FitState::good) {
      results.missing.push_back(fit);
      continue;
    }
    const std::filesystem::path file = directory / "predictions.csv";
    FinishedFit finished{fit, read_predictions(file), {}};
    check_rows(finished.rows, fit, tracks, file.string());
    finished.metrics = metrics_of(finished.rows);
    results.fits.push_back(std::move(finished));
  }
  results.summary = summarise_all(results.plan, results.fits);
  return results;
}

}  // namespace musicmem::launcher
