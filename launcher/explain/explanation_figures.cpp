// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/explain/explanation_figures.h"

#include "config/counted.h"
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
void add_swarm(DataBlock& block, const std::vector<SwarmPoint>& points, double y, double height,
               double width) {
  const double step = 0.055 * height;
  const double most = 0.45 * height;
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

constexpr double row_content = 24.0;
constexpr double half_a_bar = 8.0;
constexpr double room_above = 10.0;

std::vector<std::string> features_of(const std::vector<FeatureEffect>& effects, std::size_t shown) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < shown; ++i) names.push_back(effects[i].feature);
  return names;
}

Figure beeswarm(const ExplainedModel& of, const ExplainedRows& rows,
                const std::vector<FeatureEffect>& effects) {
  constexpr double room_for_colours = 100.0;
  constexpr double bins = 140.0;
  const std::size_t shown = std::min(effects.size(), most_shown);
  std::vector<std::vector<SwarmPoint>> swarms;
  std::vector<double> values = {0.0};
  for (std::size_t i = 0; i < shown; ++i) {
    swarms.push_back(swarm_points(rows, column_of(rows, effects[i].feature)));
    for (const SwarmPoint& point : swarms.back()) values.push_back(point.shap);
  }
  const Axis axis = Axis::around(values);
  return both_layouts(
      of.name + "-beeswarm",
      "SHAP values of " + of.title() +
          ": each dot is a track (mean over its segments and seeds), its colour the feature\u2019s value among all tracks, "
          "from the lowest (blue) to the highest (orange)",
      [&](const Layout& layout) {
        const Rows places(features_of(effects, shown), layout, row_content + 4.0);
        DataBlock block("swarm");
        for (std::size_t i = 0; i < shown; ++i)
          add_swarm(block, swarms[i], places.middle(i), row_content, (axis.high - axis.low) / bins);
        return row_drawing(layout, places, room_above, room_for_colours,
                           ScriptInput().set(block).set("x", axis).set_text("target", of.target),
                           {"rows", "beeswarm"});
      });
}

Drawing draw_effects(const ExplainedModel& of, const std::vector<FeatureEffect>& effects, std::size_t shown,
                     const Layout& layout) {
  constexpr double room_for_axis = 72.0;
  const Rows places(features_of(effects, shown), layout, row_content);
  DataBlock sizes("sizes");
  DataBlock raising("signs");  // and lowering
  DataBlock losses("losses");
  std::vector<std::vector<double>> lowering;
  std::vector<double> largest = {0.0};
  std::vector<double> reaches = {0.0};
  std::vector<double> importances = {0.0};
  for (std::size_t i = 0; i < shown; ++i) {
    const double y = places.middle(i);
    const FeatureEffect& effect = effects[i];
    const double loss = effect.permutation_importance;
    sizes.row({0.0, y, 0.0, effect.mean_absolute, y - half_a_bar, y + half_a_bar});
    losses.row({0.0, y, std::min(0.0, loss), std::max(0.0, loss), y - half_a_bar, y + half_a_bar});
    largest.push_back(effect.mean_absolute);
    importances.push_back(loss);
    if (!effect.has_value) continue;
    const std::vector<double> sign = {effect.signed_effect, y, effect.interval.low, effect.interval.high};
    effect.signed_effect < 0.0 ? lowering.push_back(sign) : raising.row(sign);
    reaches.insert(reaches.end(), {effect.interval.low, effect.interval.high});
  }
  raising.end_set();
  for (const std::vector<double>& sign : lowering) raising.row(sign);
  raising.end_set();
  const Axis size{0.0, Axis::around(largest).high};
  const Axis sign = Axis::around(reaches);
  const Axis loss = Axis::around(importances);
  ScriptInput input;
  input.set(sizes).set("size", size).set("size_step", size.wide_step());
  input.set(raising).set("sign", sign).set("sign_step", sign.wide_step());
  input.set(losses).set("loss", loss).set("loss_step", loss.wide_step()).set_text("target", of.target);
  constexpr std::size_t panels = 3;
  return row_drawing(layout, places, room_above, room_for_axis, std::move(input), {"rows", "effects"},
                     layout.narrow ? panels : 1);
}

Figure effects_figure(const ExplainedModel& of, const std::vector<FeatureEffect>& effects) {
  const std::size_t shown = std::min(effects.size(), most_shown);
  return both_layouts(
      of.name + "-effects",
      "Features of " + of.title() +
          " by mean |SHAP value|, the signed effect of one standard deviation of the feature on the predicted " +
          of.target +
          " with its 95\u202F% bootstrap interval over tracks (orange dots raise it, blue squares lower it), and "
          "permutation importance: how much the mean squared error grows when the feature\u2019s values are shuffled",
      [&](const Layout& layout) { return draw_effects(of, effects, shown, layout); });
}

// "value (dB)": with the feature's unit where it has one.
std::string value_text(const std::string& feature) {
  const auto holds = [&](std::string_view part) { return feature.find(part) != std::string::npos; };
  if (holds("_db_")) return "value (dB)";
  if (holds("bpm") || holds("tempo")) return "value (beats/min)";
  if (holds("centroid") || holds("rolloff") || holds("bandwidth")) return "value (Hz)";
  return "value";
}

Figure dependence_figure(const ExplainedModel& of, const ExplainedRows& rows,
                         const std::vector<FeatureEffect>& effects) {
  constexpr std::size_t most_panels = 6;
  DataBlock block("points");
  std::vector<std::string> names;
  std::vector<std::string> units;
  std::vector<double> lows;
  std::vector<double> highs;
  std::vector<double> steps;
  std::vector<double> shaps = {0.0};
  for (const FeatureEffect& effect : effects) {
    if (!effect.has_value || names.size() == most_panels) continue;
    std::vector<double> values;
    for (const SwarmPoint& point : swarm_points(rows, column_of(rows, effect.feature))) {
      block.row({point.value, point.shap});
      values.push_back(point.value);
      shaps.push_back(point.shap);
    }
    block.end_set();
    const Axis axis = Axis::around(values);
    names.push_back(effect.feature);
    units.push_back(value_text(effect.feature));
    lows.push_back(axis.low);
    highs.push_back(axis.high);
    steps.push_back(axis.wide_step());
  }
  if (names.empty()) return {};
  return panel_figure(
      of.name + "-dependence",
      "How the SHAP values of " + of.title() + " depend on the values of its " +
          (names.size() == 1 ? "first feature" : "first " + std::to_string(names.size()) + " features") +
          ": a dot a track, mean over its segments and seeds",
      names,
      ScriptInput()
          .set(block)
          .set("lows", lows)
          .set("highs", highs)
          .set("steps", steps)
          .set("units", units)
          .set("y", Axis::around(shaps))
          .set_text("target", of.target),
      "dependence");
}

Figure blocks_figure(const ExplainedModel& of, const ExplainedRows& rows,
                     const std::vector<FeatureEffect>& effects, const Players& blocks) {
  constexpr double room_for_axis = 50.0;
  std::vector<std::pair<double, std::string>> sums;
  for (const features::FeatureBlock& block : blocks) {
    double sum = 0.0;
    for (const std::size_t column : block.columns) {
      const auto effect = std::ranges::find(effects, rows.columns[column], &FeatureEffect::feature);
      if (effect != effects.end()) sum += effect->mean_absolute;
    }
    const std::size_t features = block.columns.size();
    sums.emplace_back(sum, block.name + " (" + counted(features, "feature") + ")");
  }
  std::ranges::stable_sort(sums, [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<std::string> names;
  std::vector<double> largest = {0.0};
  for (const auto& [sum, name] : sums) {
    names.push_back(name);
    largest.push_back(sum);
  }
  const Axis axis{0.0, Axis::around(largest).high};
  return both_layouts(
      of.name + "-blocks",
      "Importance of blocks of features in " + of.title() + ": mean |SHAP value|, summed over their features",
      [&](const Layout& layout) {
        const Rows places(names, layout, row_content);
        DataBlock sizes("sizes");
        for (std::size_t i = 0; i < sums.size(); ++i) {
          const double y = places.middle(i);
          sizes.row({0.0, y, 0.0, sums[i].first, y - half_a_bar, y + half_a_bar});
        }
        return row_drawing(layout, places, room_above, room_for_axis,
                           ScriptInput().set(sizes).set("size", axis).set_text("target", of.target),
                           {"rows", "blocks"});
      });
}

}  // namespace

std::vector<Figure> explanation_figures(const ExplainedModel& of, const ExplainedRows& rows,
                                        const std::vector<FeatureEffect>& effects, const Players& blocks) {
  if (effects.empty()) return {};
  std::vector<Figure> figures = {beeswarm(of, rows, effects), effects_figure(of, effects)};
  if (Figure dependence = dependence_figure(of, rows, effects); !dependence.name.empty())
    figures.push_back(std::move(dependence));
  if (blocks.size() > 1) figures.push_back(blocks_figure(of, rows, effects, blocks));
  return figures;
}

}  // namespace musicmem::launcher
