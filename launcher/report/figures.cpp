// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/report/figures.h"

#include "launcher/plot/script.h"
#include "launcher/report/report.h"
#include "launcher/report/words.h"
#include "launcher/results/comparisons.h"
#include "launcher/results/learning_curve.h"
#include "launcher/text/markup.h"
#include "models/tables/label_scale.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

namespace musicmem::launcher {
namespace {

using Groups = std::vector<const FitGroup*>;

// More than these nobody can read, and gnuplot cannot draw without end.
constexpr std::size_t most_bars = 150;
constexpr std::size_t most_rows = 120;
constexpr std::size_t most_panels = 40;
constexpr std::size_t most_points = 2000;

// What a caption adds where not all is shown.
std::string shown_of(std::size_t shown, std::size_t all, const std::string& what) {
  if (shown == all) return "";
  return " (the first " + std::to_string(shown) + " of " + std::to_string(all) + " " + what + ")";
}

std::vector<std::string> names_of(const Groups& groups) {
  std::vector<std::string> names;
  for (const FitGroup* group : groups) names.push_back(group->name());
  return names;
}

// Each model and variant: pooled correlation with its interval, and mean and deviation over folds below it.
Figure intervals_figure(const RunResults& results) {
  constexpr double beside = 0.14;
  DataBlock pooled("pooled");
  DataBlock folds("folds");
  std::vector<double> shown = {0.0};
  std::vector<std::string> names;
  const std::size_t shown_groups = std::min(results.groups.size(), most_bars);
  auto y = static_cast<double>(shown_groups);
  for (const FitGroup& group : std::span(results.groups).first(shown_groups)) {
    --y;
    names.push_back(group.name());
    if (group.pooled_spearman && group.pooled_interval) {
      const models::Interval& interval = *group.pooled_interval;
      pooled.row({*group.pooled_spearman, y + beside, interval.low, interval.high});
      shown.insert(shown.end(), {interval.low, interval.high});
    }
    if (group.spearman.mean) {
      const double mean = *group.spearman.mean;
      const double spread = group.spearman.deviation.value_or(0.0);
      folds.row({mean, y - beside, mean - spread, mean + spread});
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
  input.set(pooled).set(folds).set("x", Axis::around(shown)).set_rows(names);
  constexpr int row_height = 34;
  constexpr int frame = 110;
  return {
      "intervals",
      "Spearman correlation of each model and variant with the " +
          (results.plan.target.column == config::Target().column ? "listeners' scores"
                                                                 : "tracks' " + results.plan.target.column) +
          shown_of(shown_groups, results.groups.size(), "variants"),
      900, frame + row_height * static_cast<int>(shown_groups), input.drawn_by({"intervals"})};
}

// Spearman correlation of every fold (columns) and seed (rows) of the chosen variants.
Figure heat_map(const RunResults& results, const Groups& groups) {
  DataBlock cells("cells");
  DataBlock undefined("undefined");
  DataBlock numbers("numbers");
  std::vector<std::string> names;
  std::vector<std::pair<const FitGroup*, std::string>> rows;
  for (const FitGroup* group : groups) {
    std::vector<std::string> seeds;
    for (const FinishedFit& fit : group->fits) {
      if (std::find(seeds.begin(), seeds.end(), fit.plan.seed) == seeds.end()) seeds.push_back(fit.plan.seed);
    }
    for (const std::string& seed : seeds) rows.emplace_back(group, seed);
  }
  const std::size_t all_rows = rows.size();
  rows.resize(std::min(all_rows, most_rows));
  auto y = static_cast<double>(rows.size());
  for (const auto& [group, seed] : rows) {
    --y;
    names.push_back(group->name() + (seed == "none" ? "" : ", seed " + seed));
    for (const FinishedFit& fit : group->fits) {
      if (fit.plan.seed != seed) continue;
      const double x = fit.plan.fold;
      const std::vector<double> box = {x, y, x - 0.5, x + 0.5, y - 0.5, y + 0.5};
      if (!fit.metrics.spearman) {
        undefined.row(box);
        numbers.row({x, y}, "–");
        continue;
      }
      std::vector<double> cell = box;
      cell.push_back(*fit.metrics.spearman);
      cells.row(cell);
      numbers.row({x, y}, rounded(*fit.metrics.spearman, 2));
    }
  }
  ScriptInput input;
  input.set(cells).set(undefined).set(numbers).set_rows(names);
  input.set("folds", static_cast<std::size_t>(results.plan.folds));
  constexpr int row_height = 22;
  constexpr int frame = 90;
  constexpr int least_height = 260;  // the colours' title needs it
  return {"folds", "Spearman correlation of every fold and seed" + shown_of(rows.size(), all_rows, "rows"),
          900, std::max(least_height, frame + row_height * static_cast<int>(rows.size())),
          input.drawn_by({"folds"})};
}

const std::string& target_of(const RunResults& results) {
  return results.plan.target.column;
}

struct Point {
  double label = 0.0;
  double prediction = 0.0;
};

std::vector<Point> points_of(const RunResults& results, const FitGroup& group) {
  std::vector<Point> points;
  for (std::size_t t = 0; t < results.plan.tracks.size(); ++t) {
    if (!std::isnan(group.prediction[t]))
      points.push_back({results.plan.tracks[t].label, group.prediction[t]});
  }
  return points;
}

// Evenly spaced ones where there are more than a panel can show.
std::vector<Point> points_to_show(const RunResults& results, const FitGroup& group) {
  std::vector<Point> points = points_of(results, group);
  if (points.size() <= most_points) return points;
  std::vector<Point> some;
  for (std::size_t i = 0; i < most_points; ++i) some.push_back(points[i * points.size() / most_points]);
  return some;
}

std::string sampled(const RunResults& results) {
  const std::size_t tracks = results.plan.tracks.size();
  return tracks <= most_points ? ""
                               : "; " + std::to_string(most_points) + " of the " + std::to_string(tracks) +
                                     " tracks, evenly spaced";
}

Figure scatter_figure(const RunResults& results, const Groups& groups) {
  std::vector<double> shown;
  DataBlock points("points");
  for (const FitGroup* group : groups) {
    for (const Point& p : points_to_show(results, *group)) {
      points.row({p.label, p.prediction});
      shown.insert(shown.end(), {p.label, p.prediction});
    }
    points.end_set();
  }
  return panel_figure(
      "scatter",
      "Predicted against true " + target_of(results) +
          " of every track (mean over seeds), with the line of identity" + sampled(results),
      names_of(groups),
      ScriptInput().set(points).set("x", Axis::around(shown)).set_text("target", target_of(results)));
}

// Tracks by prediction in bins of equal numbers: mean score, with its standard error, against mean
// prediction.
void add_calibration_bins(DataBlock& bins, std::vector<Point> points, std::vector<double>& shown) {
  constexpr std::size_t tracks_per_bin = 8;
  constexpr std::size_t most_bins = 8;
  std::sort(points.begin(), points.end(), [](const Point& a, const Point& b) {
    return std::pair(a.prediction, a.label) < std::pair(b.prediction, b.label);
  });
  const std::size_t count = std::clamp<std::size_t>(points.size() / tracks_per_bin, 1, most_bins);
  for (std::size_t bin = 0; bin < count; ++bin) {
    const std::size_t first = bin * points.size() / count;
    const std::size_t end = (bin + 1) * points.size() / count;
    const auto n = static_cast<double>(end - first);
    double prediction = 0.0;
    double label = 0.0;
    double squares = 0.0;
    for (std::size_t i = first; i < end; ++i) prediction += points[i].prediction / n;
    for (std::size_t i = first; i < end; ++i) label += points[i].label / n;
    for (std::size_t i = first; i < end; ++i)
      squares += (points[i].label - label) * (points[i].label - label);
    const double error = n > 1.0 ? std::sqrt(squares / (n - 1.0) / n) : 0.0;
    bins.row({prediction, label, error});
    shown.insert(shown.end(), {prediction, label - error, label + error});
  }
}

Figure calibration_figure(const RunResults& results, const Groups& groups) {
  std::vector<double> shown;
  DataBlock bins("bins");
  for (const FitGroup* group : groups) {
    add_calibration_bins(bins, points_of(results, *group), shown);
    bins.end_set();
  }
  return panel_figure(
      "calibration",
      "Calibration: mean " + target_of(results) +
          ", with its standard error, of tracks with similar predictions",
      names_of(groups),
      ScriptInput().set(bins).set("x", Axis::around(shown)).set_text("target", target_of(results)));
}

Figure error_figure(const RunResults& results, const Groups& groups) {
  std::vector<double> labels;
  std::vector<double> errors = {0.0};
  DataBlock points("points");
  for (const FitGroup* group : groups) {
    for (const Point& p : points_to_show(results, *group)) {
      points.row({p.label, p.prediction - p.label});
      labels.push_back(p.label);
      errors.push_back(p.prediction - p.label);
    }
    points.end_set();
  }
  return panel_figure(
      "errors",
      "Error against " + target_of(results) + ": tracks below the line are underestimated" + sampled(results),
      names_of(groups),
      ScriptInput()
          .set(points)
          .set("x", Axis::around(labels))
          .set("y", Axis::around(errors))
          .set_text("target", target_of(results)));
}

// Median over the fits that were still training at an epoch.
std::vector<double> median_curve(const FitGroup& group, double models::CurvePoint::*value) {
  std::vector<std::vector<double>> by_epoch;
  for (const FinishedFit& fit : group.fits) {
    if (fit.record.curve.size() > by_epoch.size()) by_epoch.resize(fit.record.curve.size());
    for (std::size_t e = 0; e < fit.record.curve.size(); ++e) {
      const double of_fit = fit.record.curve[e].*value;
      if (std::isfinite(of_fit)) by_epoch[e].push_back(of_fit);
    }
  }
  std::vector<double> medians;
  for (std::vector<double>& values : by_epoch) {
    std::sort(values.begin(), values.end());
    medians.push_back(values.empty() ? std::numeric_limits<double>::quiet_NaN()
                                     : models::quantile(values, 0.5));
  }
  return medians;
}

void add_learning_curves(DataBlock& fits, DataBlock& medians, const FitGroup& group) {
  constexpr std::size_t most_lines = 40;
  std::size_t lines = 0;
  for (const FinishedFit& fit : group.fits) {
    if (fit.record.curve.empty() || lines++ == most_lines) continue;
    for (const models::CurvePoint& point : fit.record.curve) {
      fits.row({static_cast<double>(point.epoch), point.validation_mse});
    }
    fits.gap();
  }
  const std::vector<double> train = median_curve(group, &models::CurvePoint::train_loss);
  const std::vector<double> validation = median_curve(group, &models::CurvePoint::validation_mse);
  for (std::size_t e = 0; e < train.size(); ++e) {
    medians.row({static_cast<double>(e + 1), train[e], validation[e]});
  }
}

Figure learning_figure(const Groups& groups) {
  DataBlock fits("fits");
  DataBlock medians("medians");
  for (const FitGroup* group : groups) {
    add_learning_curves(fits, medians, *group);
    fits.end_set();
    medians.end_set();
  }
  return panel_figure(
      "learning",
      "Learning curves: training loss and validation error by epoch, median of the fits that are "
      "still training; thin lines are single fits",
      names_of(groups), ScriptInput().set(fits).set(medians));
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

// Differences of one metric, with the height of each pair.
struct DifferencePanel {
  std::string title;
  double rope = 0.0;
  std::vector<double> ends = {0.0};
  std::vector<std::vector<double>> rows;
};

DifferencePanel difference_panel(const std::string& metric, const Comparisons& comparisons,
                                 const std::vector<const Comparison*>& pairs) {
  DifferencePanel panel;
  const NamedMetric& named = named_metric(metric);
  panel.title = named.title + ", a - b" + (named.higher_is_better ? "" : " (below 0: a better)");
  for (const Comparison& c : comparisons.rows) {
    if (!c.test || c.metric != metric) continue;
    const auto pair = std::ranges::find_if(pairs, [&](const Comparison* known) {
      return known->family == c.family && known->a == c.a && known->b == c.b;
    });
    if (pair == pairs.end()) continue;
    const models::Interval& interval = c.test->interval;
    panel.rows.push_back(
        {*c.difference, static_cast<double>(pairs.end() - pair - 1), interval.low, interval.high});
    panel.ends.insert(panel.ends.end(), {interval.low, interval.high, c.rope, -c.rope});
    panel.rope = c.rope;
  }
  return panel;
}

// All differences between folds with the intervals of their tests, and the regions in which they do not matter.
Figure differences_figure(const Comparisons& comparisons, std::vector<const Comparison*> pairs) {
  const std::size_t all_pairs = pairs.size();
  pairs.resize(std::min(all_pairs, most_rows));
  std::vector<std::string> names;
  for (const Comparison* pair : pairs) names.push_back(pair->a->name() + " \u2212 " + pair->name_of_b());
  std::vector<std::string> titles;
  std::vector<double> ropes;
  std::vector<double> lows;
  std::vector<double> highs;
  std::vector<double> steps;
  DataBlock differences("differences");
  for (const std::string metric : {"spearman", "pearson", "mse", "mae"}) {
    const DifferencePanel panel = difference_panel(metric, comparisons, pairs);
    if (panel.rows.empty()) continue;
    for (const std::vector<double>& row : panel.rows) differences.row(row);
    differences.end_set();
    const Axis axis = Axis::around(panel.ends);
    titles.push_back(panel.title);
    ropes.push_back(panel.rope);
    lows.push_back(axis.low);
    highs.push_back(axis.high);
    constexpr double most_steps = 4.0;  // panels are narrow
    const double step = axis.step();
    steps.push_back((axis.high - axis.low) / step > most_steps ? 2.0 * step : step);
  }
  ScriptInput input;
  input.set(differences).set_rows(names).set("panels", titles.size()).set("titles", titles);
  input.set("ropes", ropes).set("lows", lows).set("highs", highs).set("steps", steps);
  constexpr int row_height = 20;
  constexpr int frame = 80;
  return {
      "differences",
      "Differences a - b of every pair with the 95 % interval of the corrected t-test; shaded: differences that "
      "do not matter (report.rope)" +
          shown_of(pairs.size(), all_pairs, "pairs"),
      1200, frame + row_height * static_cast<int>(std::max<std::size_t>(pairs.size(), 3)),
      input.drawn_by({"differences"})};
}

Figure shares_figure(const std::vector<LearningCurve>& curves) {
  constexpr double none = std::numeric_limits<double>::quiet_NaN();
  std::vector<double> tracks = {0.0};
  std::vector<double> values;
  std::vector<std::string> titles;
  DataBlock pooled("pooled");
  DataBlock folds("folds");
  for (const LearningCurve& curve : curves) {
    titles.push_back(curve.front().group->model_title());
    for (const LearningPoint& point : curve) {
      const FitGroup& group = *point.group;
      const double correlation = group.pooled_spearman.value_or(none);
      const models::Interval interval =
          group.pooled_interval.value_or(models::Interval{correlation, correlation});
      pooled.row({point.training_tracks, correlation, interval.low, interval.high});
      folds.row({point.training_tracks, group.spearman.mean.value_or(none)});
      tracks.push_back(point.training_tracks);
      values.insert(values.end(), {interval.low, interval.high, group.spearman.mean.value_or(none)});
    }
    pooled.end_set();
    folds.end_set();
  }
  Axis y = Axis::around(values);
  constexpr double room_for_key = 0.2;
  y.low -= room_for_key * (y.high - y.low);
  return panel_figure(
      "shares",
      "Learning curve: Spearman correlation of each model's first variant by the number of tracks "
      "that it learns from",
      titles, ScriptInput().set(pooled).set(folds).set("x", Axis::around(tracks)).set("y", y));
}

// In twentieths of the scale, as LDS counts labels.
Figure scores_figure(const RunResults& results) {
  constexpr int twentieths = 20;
  std::vector<double> labels;
  for (const PlannedTrack& track : results.plan.tracks) labels.push_back(track.label);
  const auto scale = models::LabelScale::of(results.plan.target.range, labels);
  const double width = scale.span / twentieths;
  std::map<int, int> bins;
  for (const double label : labels) ++bins[static_cast<int>(std::floor((label - scale.low) / width))];
  const auto begin = [&](int bin) { return scale.low + bin * width; };
  DataBlock bars("bars");
  for (const auto& [bin, count] : bins) bars.row({begin(bin) + 0.5 * width, static_cast<double>(count)});
  const Axis axis{std::min(scale.low, begin(bins.begin()->first)),
                  std::max(scale.low + scale.span, begin(bins.rbegin()->first + 1))};
  const bool is_published = results.plan.target.column == config::Target().column;
  return {"scores", is_published ? "Distribution of the scores" : "Distribution of " + target_of(results),
          620, 320,
          ScriptInput()
              .set(bars)
              .set("x", axis)
              .set("width", width)
              .set_text("target", is_published ? "memorability score" : target_of(results))
              .drawn_by({"scores"})};
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
  if (!learning.empty()) figures.push_back(learning_figure(learning));
  for (Figure& figure : figures) {
    if (figure.name != "intervals") figure.caption += shown_of(chosen.size(), all_models, "models");
  }
  const std::vector<const Comparison*> pairs = tested_pairs(comparisons);
  if (!pairs.empty()) figures.push_back(differences_figure(comparisons, pairs));
  std::vector<LearningCurve> curves = learning_curves(results);
  curves.resize(std::min(curves.size(), most_panels));
  if (!curves.empty()) figures.push_back(shares_figure(curves));
  if (!results.plan.tracks.empty()) figures.push_back(scores_figure(results));
  return figures;
}

}  // namespace musicmem::launcher
