// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/explain/explanation_figures.h"

#include "launcher/plot/script.h"
#include "models/statistics/metrics.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>

namespace musicmem::launcher {
namespace {

constexpr std::size_t most_shown = 16;

// One track of the beeswarm: means over its segments.
struct SwarmPoint {
  double shap = 0.0;
  double value = 0.0;
  double rank = 0.0;  // of the value among the tracks, 0 to 1
};

std::vector<SwarmPoint> swarm_points(const ExplainedRows& rows, std::size_t feature) {
  std::map<int, std::pair<SwarmPoint, double>> tracks;
  for (std::size_t r = 0; r < rows.track.size(); ++r) {
    auto& [point, count] = tracks[rows.track[r]];
    point.shap += rows.shap(r, feature);
    point.value += rows.feature_values(r, feature);
    count += 1.0;
  }
  std::vector<SwarmPoint> points;
  std::vector<double> values;
  for (const auto& [track, entry] : tracks) {
    points.push_back({entry.first.shap / entry.second, entry.first.value / entry.second, 0.0});
    values.push_back(points.back().value);
  }
  const std::vector<double> ranks = models::average_ranks(values);
  for (std::size_t i = 0; i < points.size(); ++i) {
    points[i].rank = points.size() > 1 ? (ranks[i] - 1.0) / static_cast<double>(points.size() - 1) : 0.5;
  }
  return points;
}

// Points of like SHAP value move away from the line, up and down in turn.
void add_swarm(DataBlock& block, const std::vector<SwarmPoint>& points, double y, double width) {
  constexpr double step = 0.055;
  constexpr double most = 0.4;
  std::map<long, int> placed;
  std::vector<SwarmPoint> sorted = points;
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.shap < b.shap; });
  for (const SwarmPoint& point : sorted) {
    const int before = placed[std::lround(point.shap / width)]++;
    const double side = before % 2 == 0 ? 1.0 : -1.0;
    const double shift = side * std::min(step * static_cast<double>((before + 1) / 2), most);
    block.row({point.shap, y + shift, point.rank});
  }
}

std::size_t column_of(const ExplainedRows& rows, const std::string& feature) {
  return static_cast<std::size_t>(std::find(rows.columns.begin(), rows.columns.end(), feature) -
                                  rows.columns.begin());
}

int height_for(std::size_t rows) {
  constexpr int row_height = 30;
  constexpr int frame = 100;
  return frame + row_height * static_cast<int>(rows);
}

std::vector<std::string> features_of(const std::vector<FeatureEffect>& effects, std::size_t shown) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < shown; ++i) names.push_back(effects[i].feature);
  return names;
}

Figure beeswarm(const ExplainedModel& of, const ExplainedRows& rows,
                const std::vector<FeatureEffect>& effects) {
  const std::size_t shown = std::min(effects.size(), most_shown);
  std::vector<std::vector<SwarmPoint>> swarms;
  std::vector<double> values = {0.0};
  for (std::size_t i = 0; i < shown; ++i) {
    swarms.push_back(swarm_points(rows, column_of(rows, effects[i].feature)));
    for (const SwarmPoint& point : swarms.back()) values.push_back(point.shap);
  }
  const Axis axis = Axis::around(values);
  constexpr double bins = 140.0;
  DataBlock block("swarm");
  for (std::size_t i = 0; i < shown; ++i) {
    add_swarm(block, swarms[i], static_cast<double>(shown - 1 - i), (axis.high - axis.low) / bins);
  }
  return {of.name + "-beeswarm",
          "SHAP values of " + of.title() +
              ": each dot is a track (mean over its segments and seeds), its colour the "
              "feature's value among all tracks",
          900, height_for(shown),
          ScriptInput()
              .set(block)
              .set("x", axis)
              .set_rows(features_of(effects, shown))
              .set_text("target", of.target)
              .drawn_by({"beeswarm"})};
}

Figure effects_figure(const ExplainedModel& of, const std::vector<FeatureEffect>& effects) {
  constexpr double half_a_bar = 0.36;
  const std::size_t shown = std::min(effects.size(), most_shown);
  DataBlock sizes("sizes");
  DataBlock signs("signs");
  DataBlock losses("losses");
  std::vector<double> largest = {0.0};
  std::vector<double> reaches = {0.0};
  std::vector<double> importances = {0.0};
  for (std::size_t i = 0; i < shown; ++i) {
    const auto y = static_cast<double>(shown - 1 - i);
    const FeatureEffect& effect = effects[i];
    const double loss = effect.permutation_importance;
    sizes.row({0.0, y, 0.0, effect.mean_absolute, y - half_a_bar, y + half_a_bar});
    signs.row({effect.signed_effect, y, effect.interval.low, effect.interval.high});
    losses.row({0.0, y, std::min(0.0, loss), std::max(0.0, loss), y - half_a_bar, y + half_a_bar});
    largest.push_back(effect.mean_absolute);
    reaches.insert(reaches.end(), {effect.interval.low, effect.interval.high});
    importances.push_back(loss);
  }
  ScriptInput input;
  input.set(sizes).set("size", Axis{0.0, Axis::around(largest).high});
  input.set(signs).set("sign", Axis::around(reaches));
  input.set(losses).set("loss", Axis::around(importances));
  input.set_rows(features_of(effects, shown));
  return {of.name + "-effects",
          "Features of " + of.title() +
              " by mean |SHAP value| (left), the signed effect of one standard deviation of the feature on "
              "the predicted " +
              of.target +
              " with its 95 % bootstrap interval over tracks (middle), and permutation importance: "
              "how much the mean squared error grows when the feature's values are shuffled (right)",
          900, height_for(shown), input.set_text("target", of.target).drawn_by({"effects"})};
}

}  // namespace

std::vector<Figure> explanation_figures(const ExplainedModel& of, const ExplainedRows& rows,
                                        const std::vector<FeatureEffect>& effects) {
  if (effects.empty()) return {};
  return {beeswarm(of, rows, effects), effects_figure(of, effects)};
}

}  // namespace musicmem::launcher
