// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/results/fit_group.h"

#include "launcher/text/markup.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

namespace musicmem::launcher {
namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();

std::optional<double> mean_of(const std::vector<double>& values) {
  if (values.empty()) return std::nullopt;
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

std::optional<double> deviation_of(const std::vector<double>& values) {
  if (values.size() < 2) return std::nullopt;
  const double mean = *mean_of(values);
  double sum = 0.0;
  for (const double value : values) sum += (value - mean) * (value - mean);
  return std::sqrt(sum / static_cast<double>(values.size() - 1));
}

FoldStatistic over_folds(const FitGroup& group, const Metric& metric) {
  std::vector<double> means;
  for (const auto& [fold, mean] : group.fold_means(metric)) means.push_back(mean);
  return {mean_of(means), deviation_of(means)};
}

std::map<int, std::vector<double>> values_by_fold(const std::vector<FinishedFit>& fits,
                                                  const Metric& metric) {
  std::map<int, std::vector<double>> by_fold;
  for (const FinishedFit& fit : fits) {
    if (const auto value = metric(fit.metrics)) by_fold[fit.plan.fold].push_back(*value);
  }
  return by_fold;
}

}  // namespace

std::string rounded(const FoldStatistic& statistic, int digits) {
  return statistic.mean ? rounded(statistic.mean, digits) + " ± " + rounded(statistic.deviation, digits)
                        : "-";
}

const std::vector<NamedMetric>& named_metrics() {
  static const std::vector<NamedMetric> metrics = {
      {"spearman", "Spearman", [](const models::Metrics& m) { return m.spearman; }, true},
      {"pearson", "Pearson", [](const models::Metrics& m) { return m.pearson; }, true},
      {"mse", "MSE", [](const models::Metrics& m) { return std::optional(m.mse); }, false},
      {"mae", "MAE", [](const models::Metrics& m) { return std::optional(m.mae); }, false},
      {"r2", "R²", [](const models::Metrics& m) { return m.r2; }, true},
      {"rmse", "RMSE", [](const models::Metrics& m) { return std::optional(m.rmse()); }, false},
      {"kendall", "Kendall's tau", [](const models::Metrics& m) { return m.kendall; }, true}};
  return metrics;
}

const NamedMetric& named_metric(const std::string& name) {
  return *std::find_if(named_metrics().begin(), named_metrics().end(),
                       [&](const NamedMetric& metric) { return metric.name == name; });
}

bool FitGroup::has_all_seeds(int fold, int folds) const {
  const auto there =
      std::count_if(fits.begin(), fits.end(), [&](const FinishedFit& fit) { return fit.plan.fold == fold; });
  return static_cast<std::size_t>(there) * static_cast<std::size_t>(folds) == expected_fits;
}

std::map<int, double> FitGroup::fold_means(const Metric& metric) const {
  std::map<int, double> means;
  for (const auto& [fold, values] : values_by_fold(fits, metric)) means[fold] = *mean_of(values);
  return means;
}

double FitGroup::share() const {
  if (!is_share()) return 1.0;
  double share = 1.0;
  const std::string text = variant.substr(variant.find('-') + 1);
  std::from_chars(text.data(), text.data() + text.size(), share);
  return share;
}

std::string FitGroup::fits_text() const {
  return std::to_string(fits.size()) + " of " + std::to_string(expected_fits);
}

std::optional<double> FitGroup::validation_spearman() const {
  std::vector<double> values;
  for (const FinishedFit& fit : fits) {
    if (fit.record.validation && fit.record.validation->spearman) {
      values.push_back(*fit.record.validation->spearman);
    }
  }
  return mean_of(values);
}

FitGroupBuilder::FitGroupBuilder(const RunPlan& plan, const PlannedFit& like, std::size_t expected_fits)
    : plan_(plan) {
  group_.model = like.model;
  group_.kind = like.kind;
  group_.variant = like.variant;
  group_.expected_fits = expected_fits;
}

void FitGroupBuilder::add(const PlannedFit& fit, FitRecord record, const std::vector<PredictionRow>& rows,
                          const std::vector<std::size_t>& tracks, std::filesystem::path file) {
  std::vector<double> labels;
  std::vector<double> predictions;
  std::vector<double>& of_seed =
      by_seed_
          .try_emplace(std::pair(fit.seed, fit.fold / (plan_.folds / plan_.repeats)), plan_.tracks.size(),
                       none)
          .first->second;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    labels.push_back(rows[i].label);
    predictions.push_back(rows[i].prediction);
    of_seed[tracks[i]] = rows[i].prediction;
  }
  group_.fits.push_back(
      {fit, rows.size(), models::compute_metrics(labels, predictions), std::move(record), std::move(file)});
}

FitGroup FitGroupBuilder::finish() {
  measure_folds();
  if (group_.complete()) measure_pooled();
  average_over_seeds();
  by_seed_.clear();
  return std::move(group_);
}

void FitGroupBuilder::measure_folds() {
  const auto undefined = [&](const std::string& metric) {
    const auto lacks = [&](const FinishedFit& fit) { return !named_metric(metric).of(fit.metrics); };
    return static_cast<std::size_t>(std::count_if(group_.fits.begin(), group_.fits.end(), lacks));
  };
  group_.undefined = undefined("spearman");
  group_.undefined_r2 = undefined("r2");
  const auto measured = [&](const std::string& metric) {
    return over_folds(group_, named_metric(metric).of);
  };
  group_.spearman = measured("spearman");
  group_.pearson = measured("pearson");
  group_.mse = measured("mse");
  group_.mae = measured("mae");
  group_.r2 = measured("r2");
  group_.rmse = measured("rmse");
  group_.kendall = measured("kendall");
  std::vector<double> spreads;
  for (const auto& [fold, values] : values_by_fold(group_.fits, named_metric("spearman").of)) {
    if (const auto spread = deviation_of(values)) spreads.push_back(*spread);
  }
  group_.seed_deviation = mean_of(spreads);
}

// Every seed of a complete grid tests the same tracks.
void FitGroupBuilder::measure_pooled() {
  std::vector<double> labels;
  std::vector<int> groups;
  models::Covariates covariates(plan_.covariates.size());
  std::map<std::string, int> number_of;
  std::vector<std::vector<double>> lists(by_seed_.size());
  for (std::size_t t = 0; t < plan_.tracks.size(); ++t) {
    if (std::any_of(by_seed_.begin(), by_seed_.end(), [&](const auto& s) { return std::isnan(s.second[t]); }))
      continue;
    labels.push_back(plan_.tracks[t].label);
    if (const std::string& group = plan_.tracks[t].group; !group.empty())
      groups.push_back(number_of.try_emplace(group, static_cast<int>(number_of.size())).first->second);
    for (std::size_t c = 0; c < covariates.size(); ++c)
      covariates[c].push_back(plan_.tracks[t].covariates[c]);
    auto list = lists.begin();
    for (const auto& [seed, predictions] : by_seed_) (list++)->push_back(predictions[t]);
  }
  std::vector<double> spearmans;
  std::vector<double> pearsons;
  for (const std::vector<double>& list : lists) {
    if (const auto value = models::spearman(labels, list)) spearmans.push_back(*value);
    if (const auto value = models::pearson(labels, list)) pearsons.push_back(*value);
  }
  group_.pooled_spearman = mean_of(spearmans);
  group_.pooled_pearson = mean_of(pearsons);
  if (!group_.pooled_spearman) return;
  models::BootstrapSettings settings;
  settings.resamples = models::affordable_resamples(labels.size() * lists.size());
  group_.replicates = models::resampled_spearman(labels, lists, settings, groups);
  const models::ReplicateInterval interval = models::percentile_interval(group_.replicates);
  group_.pooled_interval = interval.interval;
  group_.resamples = interval.resamples;
  group_.undefined_resamples = interval.undefined;
  if (!covariates.empty() && !group_.is_covariate_baseline())
    measure_partial(labels, lists, groups, covariates);
}

void FitGroupBuilder::measure_partial(const std::vector<double>& labels,
                                      const std::vector<std::vector<double>>& lists,
                                      const std::vector<int>& groups, const models::Covariates& covariates) {
  std::vector<double> partials;
  for (const std::vector<double>& list : lists) {
    if (const auto value = models::partial_spearman(labels, list, covariates)) partials.push_back(*value);
  }
  group_.partial_spearman = mean_of(partials);
  if (!group_.partial_spearman) return;
  models::BootstrapSettings settings;
  settings.resamples = models::affordable_resamples(labels.size() * lists.size() * (covariates.size() + 1));
  group_.partial_interval = models::percentile_interval(
      models::resampled_partial_spearman(labels, lists, covariates, settings, groups));
}

void FitGroupBuilder::average_over_seeds() {
  for (std::size_t t = 0; t < plan_.tracks.size(); ++t) {
    std::vector<double> predictions;
    std::vector<double> errors;
    for (const auto& [seed, of_seed] : by_seed_) {
      if (std::isnan(of_seed[t])) continue;
      predictions.push_back(of_seed[t]);
      errors.push_back(std::abs(of_seed[t] - plan_.tracks[t].label));
    }
    group_.prediction.push_back(mean_of(predictions).value_or(none));
    group_.absolute_error.push_back(mean_of(errors).value_or(none));
  }
}

}  // namespace musicmem::launcher
