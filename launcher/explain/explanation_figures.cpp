// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/explain/explanation_figures.h"

#include "data/files/csv.h"
#include "launcher/plot/panels.h"
#include "launcher/text/markup.h"
#include "models/statistics/metrics.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>

#include <fmt/ranges.h>

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

std::string feature_tics(const std::vector<FeatureEffect>& effects, std::size_t shown) {
  std::vector<std::string> tics;
  for (std::size_t i = 0; i < shown; ++i) {
    tics.push_back(fmt::format("{} {}", gnuplot_tic(effects[i].feature), shown - 1 - i));
  }
  return fmt::format("set ytics ({}) scale 0\nset yrange [-0.6:{}.6]\n", fmt::join(tics, ", "), shown - 1);
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
          block.definition() + feature_tics(effects, shown) + "set xrange " + axis.range() +
              "\nset xlabel \"SHAP value (change of the predicted score)\"\nset grid x noy\n"
              "set arrow from 0, graph 0 to 0, graph 1 nohead lc rgb \"#888888\"\n"
              "set palette defined (0 \"#0072b2\", 0.5 \"#d9d9d9\", 1 \"#d55e00\")\nset cbrange [0:1]\n"
              "set cbtics (\"low\" 0, \"high\" 1) scale 0\nset cblabel \"feature value\" offset -2,0\n"
              "plot $swarm using 1:2:3 with points pt 7 ps 0.4 lc palette notitle"};
}

// One of the plots side by side, from `left` to `right` of the figure's width.
std::string plot_between(double left, double right, const Axis& axis, const std::string& label,
                         const std::string& plot) {
  return "set lmargin at screen " + data::format_number(left) + "\nset rmargin at screen " +
         data::format_number(right) + "\nset xrange " + axis.range() + "\nset xtics " +
         data::format_number(axis.step()) + "\nset xlabel \"" + label +
         "\"\nset arrow 1 from 0, graph 0 to 0, graph 1 nohead lc rgb \"#888888\"\n" + plot + "\n";
}

std::string bars_of(const DataBlock& block, const std::string& colour_of_bars) {
  return "plot " + block.name() + " using 1:2:3:4:5:6 with boxxyerror fs solid 0.9 noborder lc rgb " +
         gnuplot_quoted(colour_of_bars) + " notitle";
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
  const Axis of_sizes{0.0, Axis::around(largest).high};
  return {of.name + "-effects",
          "Features of " + of.title() +
              " by mean |SHAP value| (left), the signed effect of one standard deviation of the feature on "
              "the score with its 95 % bootstrap interval over tracks (middle), and permutation importance: "
              "how much the mean squared error grows when the feature's values are shuffled (right)",
          900, height_for(shown),
          sizes.definition() + signs.definition() + losses.definition() + "set multiplot layout 1,3\n" +
              feature_tics(effects, shown) + "set grid x noy\nset xtics font \",9\"\n" +
              plot_between(0.17, 0.42, of_sizes, "mean |SHAP value|", bars_of(sizes, colour(0))) +
              "unset ytics\n" +
              plot_between(0.45, 0.7, Axis::around(reaches), "effect of +1 SD",
                           "plot $signs using 1:2:3:4 with xerrorbars pt 7 ps 0.7 lw 1.6 lc rgb " +
                               gnuplot_quoted(colour(1)) + " notitle") +
              plot_between(0.73, 0.98, Axis::around(importances), "permutation importance",
                           bars_of(losses, colour(2))) +
              "unset multiplot"};
}

}  // namespace

std::vector<Figure> explanation_figures(const ExplainedModel& of, const ExplainedRows& rows,
                                        const std::vector<FeatureEffect>& effects) {
  if (effects.empty()) return {};
  return {beeswarm(of, rows, effects), effects_figure(of, effects)};
}

}  // namespace musicmem::launcher
