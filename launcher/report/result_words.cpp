// SPDX-License-Identifier: GPL-3.0-or-later
// The part of words.h on what the study found: its summary, the tables of results, the tracks predicted worst.
#include "config/counted.h"
#include "launcher/report/words.h"
#include "launcher/text/markup.h"

#include <algorithm>
#include <cmath>

#include <fmt/ranges.h>

namespace musicmem::launcher {
namespace {

using Errors = std::vector<double>;

// Digits for a column of numbers with these errors: by their median.
int digits_of(Errors errors) {
  std::erase_if(errors, [](double error) { return !std::isfinite(error) || error <= 0.0; });
  if (errors.empty()) return digits_for(std::nullopt);
  std::ranges::nth_element(errors, errors.begin() + static_cast<std::ptrdiff_t>(errors.size() / 2));
  return digits_for(errors[errors.size() / 2]);
}

int digits_of(const RunResults& results, FoldStatistic FitGroup::*statistic) {
  Errors errors;
  for (const FitGroup& group : results.groups) errors.push_back((group.*statistic).deviation.value_or(0.0));
  return digits_of(std::move(errors));
}

// Of the pooled correlations, by half their intervals.
int pooled_digits(const RunResults& results) {
  Errors errors;
  for (const FitGroup& group : results.groups) {
    if (group.pooled_interval)
      errors.push_back(0.5 * (group.pooled_interval->high - group.pooled_interval->low));
  }
  return digits_of(std::move(errors));
}

// A column of "mean ± deviation", and what fills it.
struct StatisticColumn {
  Column column;
  FoldStatistic FitGroup::*statistic;
};

constexpr const char* over_folds = "mean ± standard deviation over folds";
constexpr const char* over_tracks = "over all tested tracks";

void add_statistics(Table& table, const RunResults& results, const std::vector<StatisticColumn>& columns) {
  for (const StatisticColumn& added : columns) {
    table.columns.push_back(added.column);
    const int digits = digits_of(results, added.statistic);
    for (std::size_t g = 0; g < results.groups.size(); ++g)
      table.rows[g].push_back(rounded(results.groups[g].*added.statistic, digits));
  }
}

void add_pooled(Table& table, const RunResults& results) {
  using enum Column::Kind;
  const int digits = pooled_digits(results);
  table.columns.push_back({"pooled Spearman", number, "Pooled", over_tracks});
  table.columns.push_back({"95 % interval", interval, "95\\,\\% interval", over_tracks});
  for (std::size_t g = 0; g < results.groups.size(); ++g) {
    const FitGroup& group = results.groups[g];
    table.rows[g].push_back(rounded(group.pooled_spearman, digits));
    table.rows[g].push_back(interval_cell(group.pooled_interval, digits));
  }
}

Table table_of_groups(const RunResults& results) {
  using enum Column::Kind;
  Table table{.columns = {{"model", name, "Model"}, {"variant", name, ""}}};
  for (const FitGroup& group : results.groups) table.rows.push_back({group.model_title(), group.variant});
  return table;
}

// "svr, mlp and ridge", or "12 models".
std::string models_text(const RunResults& results) {
  constexpr std::size_t most_named = 6;
  std::vector<std::string> labels;
  for (const FitGroup& group : results.groups) {
    if (std::ranges::find(labels, group.model) == labels.end()) labels.push_back(group.model);
  }
  const std::string count = counted(labels.size(), "model");
  if (labels.empty() || labels.size() > most_named) return count;
  if (labels.size() == 1) return "the model " + labels.front();
  const std::string last = labels.back();
  labels.pop_back();
  return fmt::format("{} ({} and {})", count, fmt::join(labels, ", "), last);
}

}  // namespace

const FitGroup* best_group(const RunResults& results) {
  const FitGroup* best = nullptr;
  for (const FitGroup* group : chosen_groups(results)) {
    if (group->pooled_spearman && (best == nullptr || *group->pooled_spearman > *best->pooled_spearman))
      best = group;
  }
  return best;
}

std::string sample_text(const RunResults& results) {
  return results.plan.name + (results.plan.synthetic ? " (synthetic study)" : "") + ", " +
         tracks_text(results) + ", " + folds_text(results.plan) + ". ";
}

std::string study_summary(const RunResults& results) {
  const RunPlan& plan = results.plan;
  const bool is_published = plan.target.column == config::Target().column;
  std::string text = fmt::format(
      "How well {} can predict the {} of {} is measured by {}-fold cross-validation{}: every track by models that have not "
      "learned from it.",
      models_text(results), is_published ? std::string("memorability scores") : plan.target.column,
      tracks_text(results), plan.folds / std::max(plan.repeats, 1),
      plan.repeats > 1 ? fmt::format(", repeated {} times", plan.repeats) : std::string());
  const FitGroup* best = best_group(results);
  if (best == nullptr || !best->pooled_interval) return text;
  const models::Interval& interval = *best->pooled_interval;
  const int digits = digits_for(0.5 * (interval.high - interval.low));
  return text +
         fmt::format(
             " Of the variants that stand for their models {} ranks the tracks best, with a Spearman correlation of {} (95\u202F% interval {} to {}).",
             best->name(), with_minus(rounded(best->pooled_spearman, digits)),
             with_minus(rounded(interval.low, digits)), with_minus(rounded(interval.high, digits)));
}

Table result_table(const RunResults& results) {
  using enum Column::Kind;
  Table table = table_of_groups(results);
  table.columns.push_back({"fits", count});
  for (std::size_t g = 0; g < results.groups.size(); ++g)
    table.rows[g].push_back({results.groups[g].fits.size(), results.groups[g].expected_fits});
  add_statistics(table, results,
                 {{{"Spearman", number, {}, over_folds}, &FitGroup::spearman},
                  {{"Pearson", number, {}, over_folds}, &FitGroup::pearson},
                  {{"R²", number, {}, over_folds}, &FitGroup::r2},
                  {{"MSE", number, {}, over_folds}, &FitGroup::mse},
                  {{"MAE", number, {}, over_folds}, &FitGroup::mae}});
  add_pooled(table, results);
  const int digits = digits_of(results, &FitGroup::spearman);
  table.columns.push_back({"seed spread"});
  for (std::size_t g = 0; g < results.groups.size(); ++g)
    table.rows[g].push_back(rounded(results.groups[g].seed_deviation, digits));
  return table;
}

Table metric_table(const RunResults& results) {
  using enum Column::Kind;
  Table table = table_of_groups(results);
  add_statistics(table, results,
                 {{{"Kendall's tau", number, {}, over_folds}, &FitGroup::kendall},
                  {{"RMSE", number, {}, over_folds}, &FitGroup::rmse}});
  return table;
}

Table published_result_table(const RunResults& results) {
  using enum Column::Kind;
  Table table = table_of_groups(results);
  add_statistics(table, results, {{{"Spearman", number, "Spearman"}, &FitGroup::spearman}});
  add_pooled(table, results);
  return table;
}

Table published_metric_table(const RunResults& results) {
  using enum Column::Kind;
  Table table = table_of_groups(results);
  add_statistics(table, results,
                 {{{"Pearson", number, "Pearson"}, &FitGroup::pearson},
                  {{"Kendall's tau", number, "Kendall's $\\tau$"}, &FitGroup::kendall},
                  {{"R²", number, "$R^2$"}, &FitGroup::r2},
                  {{"MSE", number, "MSE"}, &FitGroup::mse},
                  {{"MAE", number, "MAE"}, &FitGroup::mae}});
  table.is_wide = true;
  return table;
}

std::vector<std::string> worst_tracks(const RunResults& results) {
  constexpr std::size_t most = 10;
  const FitGroup* best = best_group(results);
  if (best == nullptr) return {};
  std::vector<std::size_t> order;
  for (std::size_t t = 0; t < results.plan.tracks.size(); ++t) {
    if (!std::isnan(best->absolute_error[t])) order.push_back(t);
  }
  std::ranges::stable_sort(
      order, [&](std::size_t a, std::size_t b) { return best->absolute_error[a] > best->absolute_error[b]; });
  std::vector<std::string> names;
  for (std::size_t i = 0; i < std::min(most, order.size()); ++i)
    names.push_back(results.plan.tracks[order[i]].name);
  return names;
}

Table worst_table(const RunResults& results, const Sounds& sounds) {
  using enum Column::Kind;
  Table table{.columns = {{"track", name}, {"true " + results.plan.target.column}, {"predicted"}, {"error"}}};
  const FitGroup* best = best_group(results);
  if (best == nullptr) return table;
  table.title = "Tracks that " + best->name() + " predicts worst";
  const bool can_be_heard =
      std::ranges::any_of(sounds, [](const auto& sound) { return !sound.second.empty(); });
  if (can_be_heard) table.columns.push_back({"listen", sound});
  for (const std::string& track : worst_tracks(results)) {
    const auto t = static_cast<std::size_t>(
        std::ranges::find(results.plan.tracks, track, &PlannedTrack::name) - results.plan.tracks.begin());
    const double label = results.plan.tracks[t].label;
    const int digits = digits_for(best->absolute_error[t]);
    table.rows.push_back({track, rounded(label, digits), rounded(best->prediction[t], digits),
                          rounded(best->prediction[t] - label, digits)});
    const auto heard = sounds.find(track);
    if (can_be_heard) table.rows.back().emplace_back(heard == sounds.end() ? "" : heard->second);
  }
  return table;
}

}  // namespace musicmem::launcher
