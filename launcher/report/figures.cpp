// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/report/figures.h"

#include "launcher/plot/script.h"
#include "launcher/report/prediction_figures.h"
#include "launcher/report/report.h"
#include "launcher/report/words.h"
#include "launcher/results/comparisons.h"
#include "launcher/results/learning_curve.h"
#include "launcher/text/markup.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

namespace musicmem::launcher {
namespace {

// More than these nobody can read, and gnuplot cannot draw without end.
constexpr std::size_t most_bars = 150;
constexpr std::size_t most_rows = 120;
constexpr std::size_t most_panels = 40;

// Each model and variant: pooled correlation with its interval, and mean and deviation over folds below it.
Drawing draw_intervals(const RunResults& results, std::size_t shown_groups, const Layout& layout) {
  constexpr double content = 34.0;
  constexpr double beside = 7.0;
  constexpr double half_a_bar = 4.0;
  constexpr double room_for_key = 46.0;
  constexpr double room_for_axis = 50.0;
  const auto groups = std::span(results.groups).first(shown_groups);
  std::vector<std::string> names;
  for (const FitGroup& group : groups) names.push_back(group.name());
  const Rows rows(names, layout, content);
  DataBlock pooled("pooled");
  DataBlock folds("folds");
  std::vector<double> shown = {0.0};
  for (std::size_t row = 0; row < groups.size(); ++row) {
    const FitGroup& group = groups[row];
    const double y = rows.middle(row);
    if (group.pooled_spearman && group.pooled_interval) {
      const models::Interval& interval = *group.pooled_interval;
      pooled.row({*group.pooled_spearman, y + beside, interval.low, interval.high});
      shown.insert(shown.end(), {interval.low, interval.high});
    }
    if (group.spearman.mean) {
      const double mean = *group.spearman.mean;
      const double spread = group.spearman.deviation.value_or(0.0);
      folds.row(
          {mean, y - beside, mean - spread, mean + spread, y - beside - half_a_bar, y - beside + half_a_bar});
      shown.insert(shown.end(), {mean - spread, mean + spread});
    }
  }
  ScriptInput input;
  if (const auto reliability = reliability_of(results.plan)) {
    shown.push_back(reliability->split_half_mean);
    input.set("halves", reliability->split_half_mean);
    if (reliability->ceiling) {
      shown.push_back(*reliability->ceiling);
      input.set("attainable", *reliability->ceiling);
    }
  }
  input.set(pooled).set(folds).set("x", Axis::around(shown));
  return row_drawing(layout, rows, room_for_key, room_for_axis, std::move(input), {"rows", "intervals"});
}

Figure intervals_figure(const RunResults& results) {
  const std::size_t shown = std::min(results.groups.size(), most_bars);
  return both_layouts(
      "intervals",
      "Spearman correlation of each model and variant with the " +
          (results.plan.target.column == config::Target().column
               ? "listeners\u2019 scores"
               : "tracks\u2019 " + results.plan.target.column) +
          shown_of(shown, results.groups.size(), "variants") +
          ". Dots: over all tested tracks at once, with the 95\u202F% bootstrap interval; bars: mean over folds plus and "
          "minus their standard deviation, which says how much folds differ and not how certain the mean is",
      [&](const Layout& layout) { return draw_intervals(results, shown, layout); });
}

// The fits of one variant and seed: a row of the map of folds.
struct SeedRow {
  const FitGroup* group;
  std::string seed;

  std::string name() const { return group->name() + (seed == "none" ? "" : ", seed " + seed); }
};

std::vector<SeedRow> seed_rows(const Groups& groups) {
  std::vector<SeedRow> rows;
  for (const FitGroup* group : groups) {
    std::vector<std::string> seeds;
    for (const FinishedFit& fit : group->fits) {
      if (std::find(seeds.begin(), seeds.end(), fit.plan.seed) == seeds.end()) seeds.push_back(fit.plan.seed);
    }
    for (const std::string& seed : seeds) rows.push_back({group, seed});
  }
  return rows;
}

// With whether it stands on a dark cell, where letters are light.
void add_number(DataBlock& numbers, double x, double y, const std::optional<double>& value) {
  constexpr double dark = 0.75;
  const double on_dark = value && std::abs(*value) > dark ? 1.0 : 0.0;
  const double shown = value ? std::round(10.0 * *value) / 10.0 + 0.0 : 0.0;  // not "−0.0"
  numbers.row({x, y, on_dark}, value ? with_minus(rounded(shown, 1)) : "\u2013");
}

Drawing draw_heat_map(const std::vector<SeedRow>& shown, int folds, const Layout& layout) {
  constexpr double content = 24.0;
  constexpr double top = 10.0;
  constexpr double room_for_colours = 104.0;
  constexpr double room_for_a_number = 32.0;
  DataBlock cells("cells");
  DataBlock undefined("undefined");
  DataBlock numbers("numbers");
  std::vector<std::string> names;
  for (const SeedRow& row : shown) names.push_back(row.name());
  const Rows rows(names, layout, content);
  for (std::size_t row = 0; row < shown.size(); ++row) {
    const double y = rows.middle(row);
    for (const FinishedFit& fit : shown[row].group->fits) {
      if (fit.plan.seed != shown[row].seed) continue;
      const double x = fit.plan.fold;
      std::vector<double> box = {x, y, x - 0.5, x + 0.5, y - 0.5 * content, y + 0.5 * content};
      add_number(numbers, x, y, fit.metrics.spearman);
      if (fit.metrics.spearman) {
        box.push_back(*fit.metrics.spearman);
        cells.row(box);
      } else {
        undefined.row(box);
      }
    }
  }
  const double width = (layout.width() - rows.margin - 14.0) / folds;
  ScriptInput input;
  input.set(cells).set(undefined).set(numbers).set("folds", static_cast<std::size_t>(folds));
  input.set("numbers_fit", width >= room_for_a_number ? 1.0 : 0.0);
  return row_drawing(layout, rows, top, room_for_colours, std::move(input), {"rows", "folds"});
}

// Spearman correlation of every fold (columns) and seed (rows) of the chosen variants.
Figure heat_map(const RunResults& results, const Groups& groups) {
  std::vector<SeedRow> rows = seed_rows(groups);
  const std::size_t all_rows = rows.size();
  rows.resize(std::min(all_rows, most_rows));
  return both_layouts("folds",
                      "Spearman correlation of every fold and seed" + shown_of(rows.size(), all_rows, "rows"),
                      [&](const Layout& layout) { return draw_heat_map(rows, results.plan.folds, layout); });
}

// Pairs with a test, in their order; each stands for all metrics.
std::vector<const Comparison*> tested_pairs(const Comparisons& comparisons) {
  std::vector<const Comparison*> pairs;
  for (const Comparison& c : comparisons.rows) {
    const auto same = [&](const Comparison* known) {
      return known->family == c.family && known->a == c.a && known->b == c.b;
    };
    if (c.test && std::ranges::none_of(pairs, same)) pairs.push_back(&c);
  }
  return pairs;
}

// Differences of one metric.
struct DifferencePanel {
  std::string title;
  double rope = 0.0;
  std::vector<double> ends = {0.0};
  std::vector<std::vector<double>> rows;
};

DifferencePanel difference_panel(const std::string& metric, const Comparisons& comparisons,
                                 const std::vector<const Comparison*>& pairs, const Rows& rows) {
  DifferencePanel panel;
  const NamedMetric& named = named_metric(metric);
  panel.title = named.title + ", a \u2212 b" + (named.higher_is_better ? "" : "\n(below 0: a better)");
  for (const Comparison& c : comparisons.rows) {
    if (!c.test || c.metric != metric) continue;
    const auto pair = std::ranges::find_if(pairs, [&](const Comparison* known) {
      return known->family == c.family && known->a == c.a && known->b == c.b;
    });
    if (pair == pairs.end()) continue;
    const models::Interval& interval = c.test->interval;
    panel.rows.push_back({*c.difference, rows.middle(static_cast<std::size_t>(pair - pairs.begin())),
                          interval.low, interval.high, is_significant(c) ? 1.0 : 0.0});
    panel.ends.insert(panel.ends.end(), {interval.low, interval.high, c.rope, -c.rope});
    panel.rope = c.rope;
  }
  return panel;
}

Drawing draw_differences(const Comparisons& comparisons, const std::vector<const Comparison*>& pairs,
                         const std::vector<std::string>& metrics, const Layout& layout) {
  constexpr double content = 18.0;
  constexpr double room_for_key = 28.0;
  constexpr double room_for_axis = 76.0;
  std::vector<std::string> names;
  for (const Comparison* pair : pairs) names.push_back(pair->a->name() + " \u2212 " + pair->name_of_b());
  const Rows rows(names, layout, content);
  std::vector<std::string> titles;
  std::vector<double> ropes;
  std::vector<double> lows;
  std::vector<double> highs;
  std::vector<double> steps;
  DataBlock differences("differences");
  for (const std::string& metric : metrics) {
    const DifferencePanel panel = difference_panel(metric, comparisons, pairs, rows);
    if (panel.rows.empty()) continue;
    for (const std::vector<double>& row : panel.rows) differences.row(row);
    differences.end_set();
    const Axis axis = Axis::around(panel.ends);
    titles.push_back(panel.title);
    ropes.push_back(panel.rope);
    lows.push_back(axis.low);
    highs.push_back(axis.high);
    steps.push_back(axis.wide_step());
  }
  ScriptInput input;
  input.set(differences).set("panels", titles.size()).set("titles", titles);
  input.set("ropes", ropes).set("lows", lows).set("highs", highs).set("steps", steps);
  return row_drawing(layout, rows, room_for_key, room_for_axis, std::move(input), {"rows", "differences"},
                     layout.narrow ? titles.size() : 1);
}

// All differences between folds with the intervals of their tests, and the regions in which they do not matter: of
// correlations and of errors, those that there are.
void add_differences(std::vector<Figure>& figures, const Comparisons& comparisons) {
  std::vector<const Comparison*> pairs = tested_pairs(comparisons);
  const std::size_t all_pairs = pairs.size();
  pairs.resize(std::min(all_pairs, most_rows));
  const auto add = [&](const std::string& name, const std::string& of,
                       const std::vector<std::string>& metrics) {
    std::vector<const Comparison*> shown;
    std::ranges::copy_if(pairs, std::back_inserter(shown), [&](const Comparison* pair) {
      return std::ranges::any_of(comparisons.rows, [&](const Comparison& c) {
        return c.test && c.family == pair->family && c.a == pair->a && c.b == pair->b &&
               std::ranges::find(metrics, c.metric) != metrics.end();
      });
    });
    if (shown.empty()) return;
    figures.push_back(both_layouts(
        name,
        "Differences of " + of +
            ", a \u2212 b, of every pair with the 95\u202F% interval of the corrected t-test. Filled: "
            "significant at 5\u202F% after Holm\u2019s correction; shaded: differences that do not matter (report.rope)" +
            shown_of(pairs.size(), all_pairs, "pairs"),
        [&](const Layout& layout) { return draw_differences(comparisons, shown, metrics, layout); }));
  };
  add("differences", "correlations", {"spearman", "pearson"});
  add("differences-errors", "errors", {"mse", "mae"});
}

}  // namespace

std::vector<Figure> report_figures(const RunResults& results, const Comparisons& comparisons) {
  std::vector<Figure> figures;
  Groups chosen = chosen_groups(results);
  std::erase_if(chosen, [](const FitGroup* group) { return group->fits.empty(); });
  const std::size_t all_models = chosen.size();
  chosen.resize(std::min(all_models, most_panels));
  if (!chosen.empty()) {
    figures.push_back(intervals_figure(results));
    figures.push_back(heat_map(results, chosen));
    figures.push_back(scatter_figure(results, chosen));
    figures.push_back(calibration_figure(results, chosen));
    figures.push_back(error_figure(results, chosen));
  }
  Groups learning;
  std::copy_if(chosen.begin(), chosen.end(), std::back_inserter(learning), [](const FitGroup* group) {
    return std::any_of(group->fits.begin(), group->fits.end(),
                       [](const FinishedFit& fit) { return !fit.record.curve.empty(); });
  });
  if (!learning.empty()) figures.push_back(training_figure(results, learning));
  for (Figure& figure : figures) {
    if (figure.name != "intervals") figure.caption += shown_of(chosen.size(), all_models, "models");
  }
  add_differences(figures, comparisons);
  std::vector<LearningCurve> curves = learning_curves(results);
  curves.resize(std::min(curves.size(), most_panels));
  if (!curves.empty()) figures.push_back(shares_figure(curves));
  if (!results.plan.tracks.empty()) figures.push_back(scores_figure(results));
  return figures;
}

}  // namespace musicmem::launcher
