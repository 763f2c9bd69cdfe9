// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/explain/feature_explainer.h"

#include "data/files/csv.h"
#include "data/generator.h"
#include "launcher/explain/explanation_figures.h"
#include "launcher/text/markup.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <ranges>
#include <set>
#include <utility>

#include <fmt/format.h>

namespace musicmem::launcher {
namespace {

using data::csv_field;
using data::format_number;

// Raised whenever the same inputs would give other values.
constexpr const char* version = "3";

// Sums of one track's segments, from which the slope of any resample of tracks follows.
struct SlopeSums {
  double n = 0.0;
  double x = 0.0;
  double y = 0.0;
  double xx = 0.0;
  double xy = 0.0;

  void add(const SlopeSums& other, double times) {
    n += times * other.n;
    x += times * other.x;
    y += times * other.y;
    xx += times * other.xx;
    xy += times * other.xy;
  }
  // 0 where the feature does not vary.
  double slope() const {
    const double spread = xx - x * x / n;
    return spread > 1e-12 * xx ? (xy - x * y / n) / spread : 0.0;
  }
};

// Feature values are centred and scaled over the explained rows, so that slopes are per standard deviation.
std::map<int, SlopeSums> sums_by_track(const ExplainedRows& rows, std::size_t feature) {
  const auto n = static_cast<double>(rows.feature_values.rows());
  double mean = 0.0;
  double variance = 0.0;
  for (std::size_t r = 0; r < rows.feature_values.rows(); ++r) mean += rows.feature_values(r, feature) / n;
  for (std::size_t r = 0; r < rows.feature_values.rows(); ++r) {
    variance += std::pow(rows.feature_values(r, feature) - mean, 2) / n;
  }
  const double scale = variance > 0.0 ? std::sqrt(variance) : 1.0;
  std::map<int, SlopeSums> sums;
  for (std::size_t r = 0; r < rows.feature_values.rows(); ++r) {
    const double x = (rows.feature_values(r, feature) - mean) / scale;
    const double y = rows.shap(r, feature);
    sums[rows.track[r]].add({1.0, x, y, x * x, x * y}, 1.0);
  }
  return sums;
}

// The tracks of every resample, one resample after the other: the same for all features.
std::vector<std::uint32_t> draw_resamples(std::size_t tracks, const models::BootstrapSettings& settings) {
  data::Generator generator(settings.seed);
  std::vector<std::uint32_t> drawn(static_cast<std::size_t>(settings.resamples) * tracks);
  for (std::uint32_t& track : drawn) track = static_cast<std::uint32_t>(generator.below(tracks));
  return drawn;
}

models::Interval bootstrap_slope(const std::vector<SlopeSums>& tracks,
                                 const std::vector<std::uint32_t>& drawn, double confidence) {
  std::vector<double> slopes;
  for (std::size_t begin = 0; begin < drawn.size(); begin += tracks.size()) {
    SlopeSums sums;
    for (std::size_t i = 0; i < tracks.size(); ++i) sums.add(tracks[drawn[begin + i]], 1.0);
    slopes.push_back(sums.slope());
  }
  std::sort(slopes.begin(), slopes.end());
  const double tail = 0.5 * (1.0 - confidence);
  return {models::quantile(slopes, tail), models::quantile(slopes, 1.0 - tail)};
}

FeatureEffect effect_of(const ExplainedRows& rows, std::size_t feature, const ExplainedFits& explained,
                        const std::vector<std::uint32_t>& drawn, double confidence) {
  FeatureEffect effect;
  effect.feature = rows.columns[feature];
  for (std::size_t r = 0; r < rows.shap.rows(); ++r) {
    effect.mean_absolute += std::abs(rows.shap(r, feature)) / static_cast<double>(rows.shap.rows());
  }
  SlopeSums all;
  std::vector<SlopeSums> tracks;
  for (const auto& [track, sums] : sums_by_track(rows, feature)) {
    all.add(sums, 1.0);
    tracks.push_back(sums);
  }
  effect.signed_effect = all.slope();
  effect.interval = bootstrap_slope(tracks, drawn, confidence);
  for (const ExplainedFit& fit : explained) {
    effect.permutation_importance += fit.importance[feature] / static_cast<double>(explained.size());
  }
  return effect;
}

std::string shap_csv(const std::vector<PlannedFit>& fits, const ExplainedFits& explained,
                     const data::SegmentTable& table, const Players& players) {
  std::string text = "track,fold,seed,segment_idx,base,prediction";
  for (const features::FeatureBlock& player : players) text += "," + csv_field(player.name);
  text += "\n";
  for (std::size_t f = 0; f < fits.size(); ++f) {
    const ExplainedFit& fit = explained[f];
    for (std::size_t r = 0; r < fit.rows.size(); ++r) {
      const std::size_t row = fit.rows[r];
      text += csv_field(table.tracks[static_cast<std::size_t>(table.row_track[row])]) + "," +
              std::to_string(fits[f].fold) + "," + fits[f].seed + "," +
              std::to_string(table.row_segment[row]) + "," + format_number(fit.base) + "," +
              format_number(fit.predictions[r]);
      for (const double value : fit.values.row(r)) text += "," + format_number(value);
      text += "\n";
    }
  }
  return text;
}

std::string effects_csv(const std::vector<FeatureEffect>& effects) {
  std::string text =
      "feature,mean_abs_shap,signed_effect,signed_effect_low,signed_effect_high,permutation_importance\n";
  for (const FeatureEffect& effect : effects) {
    const std::string signed_effect = effect.has_value ? format_number(effect.signed_effect) + "," +
                                                             format_number(effect.interval.low) + "," +
                                                             format_number(effect.interval.high)
                                                       : ",,";
    text += csv_field(effect.feature) + "," + format_number(effect.mean_absolute) + "," + signed_effect +
            "," + format_number(effect.permutation_importance) + "\n";
  }
  return text;
}

std::string effects_text(const ExplainedModel& of, const std::vector<FeatureEffect>& effects) {
  constexpr std::size_t most_lines = 12;
  std::string text = fmt::format("{}\n{:<16}  {:>12}  {:<28}  {}\n", of.title(), "feature", "mean |SHAP|",
                                 "effect of +1 SD", "permutation importance");
  for (const FeatureEffect& effect : effects | std::views::take(most_lines)) {
    const std::string slope = effect.has_value ? rounded(effect.signed_effect, 4) + " [" +
                                                     rounded(effect.interval.low, 4) + ", " +
                                                     rounded(effect.interval.high, 4) + "]"
                                               : "-";
    text += fmt::format("{:<16}  {:>12.4f}  {:<28}  {:.5f}\n", effect.feature, effect.mean_absolute, slope,
                        effect.permutation_importance);
  }
  return text;
}

}  // namespace

ExplainedRows average_over_seeds(const ExplainedFits& explained, const data::SegmentTable& table,
                                 const Players& players) {
  std::map<std::size_t, std::pair<std::vector<double>, double>> by_row;  // sum of values, number of fits
  for (const ExplainedFit& fit : explained) {
    for (std::size_t r = 0; r < fit.rows.size(); ++r) {
      auto& [sum, count] = by_row[fit.rows[r]];
      sum.resize(players.size(), 0.0);
      for (std::size_t j = 0; j < sum.size(); ++j) sum[j] += fit.values(r, j);
      count += 1.0;
    }
  }
  ExplainedRows rows;
  for (const features::FeatureBlock& player : players) rows.columns.push_back(player.name);
  for (auto& [row, entry] : by_row) {
    for (double& value : entry.first) value /= entry.second;
    rows.track.push_back(table.row_track[row]);
    rows.shap.append_row(entry.first);
    std::vector<double> values;
    for (const features::FeatureBlock& player : players)
      values.push_back(player.columns.size() == 1 ? table.values(row, player.columns[0]) : 0.0);
    rows.feature_values.append_row(values);
  }
  return rows;
}

std::vector<FeatureEffect> feature_effects(const ExplainedFits& explained, const data::SegmentTable& table,
                                           const Players& players) {
  const ExplainedRows rows = average_over_seeds(explained, table, players);
  std::vector<FeatureEffect> effects;
  const models::BootstrapSettings bootstrap;
  const std::size_t tracks = std::set<int>(rows.track.begin(), rows.track.end()).size();
  const std::vector<std::uint32_t> drawn = draw_resamples(tracks, bootstrap);
  for (std::size_t j = 0; j < players.size(); ++j) {
    effects.push_back(effect_of(rows, j, explained, drawn, bootstrap.confidence));
    effects.back().has_value = players[j].columns.size() == 1;
  }
  std::stable_sort(effects.begin(), effects.end(),
                   [](const auto& a, const auto& b) { return a.mean_absolute > b.mean_absolute; });
  return effects;
}

FeatureExplainer::FeatureExplainer(ExplainSubject subject, data::SegmentTable table, Players players,
                                   Players blocks, const ExplainSettings& settings)
    : Explainer(std::move(subject)),
      table_(std::move(table)),
      players_(std::move(players)),
      blocks_(players_.size() == table_.columns.size() ? std::move(blocks) : Players{}),
      settings_(settings) {
  std::vector<double> recipe = {static_cast<double>(settings.samples), static_cast<double>(settings.centers),
                                static_cast<double>(settings.repeats)};
  if (players_.size() != table_.columns.size()) recipe.push_back(static_cast<double>(players_.size()));
  for (std::size_t f = 0; f < subject_.fits.size(); ++f) {
    add_task(f, "explain " + subject_.fits[f].directory, ".json", version, recipe);
  }
}

bool FeatureExplainer::is_done(std::size_t task) const {
  ExplainedFit known;
  return read_explained_fit(tasks_[task].file, tasks_[task].hash, known);
}

void FeatureExplainer::explain(std::size_t task, FitWeights weights) const {
  write_explained_fit(tasks_[task].file, tasks_[task].hash,
                      explain_fit(weights, fit_of(task), subject_.plan, table_, players_, settings_));
}

Explainer::Findings FeatureExplainer::findings() const {
  ExplainedFits explained(tasks_.size());
  for (std::size_t t = 0; t < tasks_.size(); ++t) {
    read_explained_fit(tasks_[t].file, tasks_[t].hash, explained[t]);
  }
  const std::vector<FeatureEffect> effects = feature_effects(explained, table_, players_);
  return {{{"shap.csv", shap_csv(subject_.fits, explained, table_, players_)},
           {"effects.csv", effects_csv(effects)}},
          explanation_figures(subject_.of, average_over_seeds(explained, table_, players_), effects, blocks_),
          {effects_text(subject_.of, effects)}};
}

}  // namespace musicmem::launcher
