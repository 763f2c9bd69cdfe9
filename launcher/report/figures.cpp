// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/report/figures.h"

#include "data/files/csv.h"
#include "launcher/plot/panels.h"
#include "launcher/report/report.h"
#include "launcher/results/comparisons.h"
#include "launcher/text/markup.h"

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

std::string quoted_colour(std::size_t index) {
  return "rgb \"" + colour(index) + "\"";
}

// Each model and variant: pooled correlation with its interval, and mean and deviation over folds below it.
Figure intervals_figure(const RunResults& results) {
  DataBlock pooled("pooled");
  DataBlock folds("folds");
  std::vector<double> shown = {0.0};
  std::string tics;
  const std::size_t shown_groups = std::min(results.groups.size(), most_bars);
  const auto count = static_cast<double>(shown_groups);
  double y = count;
  for (const FitGroup& group : std::span(results.groups).first(shown_groups)) {
    --y;
    tics += (tics.empty() ? "" : ", ") + gnuplot_tic(group.name()) + " " + rounded(y, 0);
    if (group.pooled_spearman && group.pooled_interval) {
      pooled.row({*group.pooled_spearman, y + 0.14, group.pooled_interval->low, group.pooled_interval->high});
      shown.insert(shown.end(), {group.pooled_interval->low, group.pooled_interval->high});
    }
    if (group.spearman.mean) {
      const double spread = group.spearman.deviation.value_or(0.0);
      folds.row(
          {*group.spearman.mean, y - 0.14, *group.spearman.mean - spread, *group.spearman.mean + spread});
      shown.insert(shown.end(), {*group.spearman.mean - spread, *group.spearman.mean + spread});
    }
  }
  Figure figure{"intervals",
                "Spearman correlation of each model and variant with the listeners' scores" +
                    shown_of(shown_groups, results.groups.size(), "variants"),
                900, 0, ""};
  constexpr int row_height = 34;
  constexpr int frame = 110;
  figure.height = frame + row_height * static_cast<int>(shown_groups);
  if (results.plan.ytmm) {
    shown.push_back(human_consistency);
    figure.commands +=
        "set arrow from " + rounded(human_consistency, 2) + ", graph 0 to " + rounded(human_consistency, 2) +
        ", graph 1 nohead dt 2 lw 1.5 lc rgb \"#000000\"\nset label \"listeners agree: 0.82\" at " +
        rounded(human_consistency, 2) + ", graph 0.98 right offset -0.5,0 font \",10\"\n";
  }
  figure.commands += pooled.definition() + folds.definition() + "set xrange " + Axis::around(shown).range() +
                     "\nset yrange [-0.6:" + rounded(count - 0.4, 1) + "]\nset ytics (" + tics +
                     ") scale 0\nset grid x noy\nset xlabel \"Spearman correlation\"\n"
                     "set arrow from 0, graph 0 to 0, graph 1 nohead lc rgb \"#888888\"\n"
                     "set key outside top center horizontal\n"
                     "plot NaN notitle";
  if (!pooled.empty()) {
    figure.commands += ", $pooled using 1:2:3:4 with xerrorbars pt 7 ps 0.8 lw 2 lc " + quoted_colour(0) +
                       " title \"pooled over tracks, 95 % bootstrap interval\"";
  }
  if (!folds.empty()) {
    figure.commands += ", $folds using 1:2:3:4 with xerrorbars pt 5 ps 0.6 lw 1.2 lc " + quoted_colour(1) +
                       " title \"mean and standard deviation over folds\"";
  }
  return figure;
}

// Spearman correlation of every fold (columns) and seed (rows) of the chosen variants.
Figure heat_map(const RunResults& results, const Groups& groups) {
  DataBlock cells("cells");
  DataBlock undefined("undefined");
  DataBlock numbers("numbers");
  std::string tics;
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
    tics += (tics.empty() ? "" : ", ") +
            gnuplot_tic(group->name() + (seed == "none" ? "" : ", seed " + seed)) + " " + rounded(y, 0);
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
  constexpr int row_height = 22;
  constexpr int frame = 90;
  constexpr int least_height = 260;  // the colours' title needs it
  constexpr int most_with_numbers = 20;
  Figure figure{"folds",
                "Spearman correlation of every fold and seed" + shown_of(rows.size(), all_rows, "rows"), 900,
                std::max(least_height, frame + row_height * static_cast<int>(rows.size())), ""};
  figure.commands = cells.definition() + undefined.definition() + numbers.definition() +
                    "set xrange [-0.5:" + rounded(results.plan.folds - 0.5, 1) +
                    "]\nset yrange [-0.5:" + rounded(static_cast<double>(rows.size()) - 0.5, 1) +
                    "]\nset ytics (" + tics + ") scale 0\nset xtics " +
                    std::to_string(std::max(1, results.plan.folds / 20)) +
                    " scale 0\nunset grid\nset xlabel \"fold\"\nset cblabel \"Spearman correlation\"\n"
                    "set cbrange [-1:1]\nset palette defined (-1 \"#d55e00\", 0 \"#f7f7f7\", 1 "
                    "\"#0072b2\")\nplot NaN notitle";
  if (!undefined.empty()) {
    figure.commands +=
        ", $undefined using 1:2:3:4:5:6 with boxxyerror fc rgb \"#eeeeee\" fs solid 1 border lc rgb "
        "\"#bbbbbb\" notitle";
  }
  if (!cells.empty()) {
    figure.commands += ", $cells using 1:2:3:4:5:6:7 with boxxyerror fs solid 1 lc palette notitle";
  }
  if (!numbers.empty() && results.plan.folds <= most_with_numbers) {
    figure.commands += ", $numbers using 1:2:3 with labels font \",9\" notitle";
  }
  return figure;
}

std::string tics(const Axis& across, const Axis& up) {
  return "set xtics " + data::format_number(across.step()) + "\nset ytics " + data::format_number(up.step()) +
         "\n";
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
  std::vector<Panel> panels;
  for (const FitGroup* group : groups) {
    for (const Point& p : points_to_show(results, *group)) shown.insert(shown.end(), {p.label, p.prediction});
  }
  const Axis axis = Axis::around(shown);
  const std::string range = axis.range();
  for (std::size_t g = 0; g < groups.size(); ++g) {
    DataBlock points("points" + std::to_string(g));
    for (const Point& p : points_to_show(results, *groups[g])) points.row({p.label, p.prediction});
    panels.push_back(
        {groups[g]->name(), points.definition() + tics(axis, axis) +
                                "set xlabel \"score\"\nset ylabel \"prediction\"\nplot " + range + range +
                                " x with lines dt 2 lc rgb \"#777777\" notitle, " + points.name() +
                                " using 1:2 with points pt 7 ps 0.35 lc " + quoted_colour(0) + " notitle\n"});
  }
  return panel_figure(
      "scatter",
      "Predicted against true score of every track (mean over seeds), with the line of identity" +
          sampled(results),
      panels);
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
  std::vector<DataBlock> blocks;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    blocks.emplace_back("bins" + std::to_string(g));
    add_calibration_bins(blocks.back(), points_of(results, *groups[g]), shown);
  }
  const Axis axis = Axis::around(shown);
  const std::string range = axis.range();
  std::vector<Panel> panels;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    panels.push_back(
        {groups[g]->name(), blocks[g].definition() + tics(axis, axis) +
                                "set xlabel \"mean prediction\"\nset ylabel \"mean score\"\nplot " + range +
                                range + " x with lines dt 2 lc rgb \"#777777\" notitle, " + blocks[g].name() +
                                " using 1:2:3 with yerrorbars pt 7 ps 0.6 lw 1.5 lc " + quoted_colour(2) +
                                " notitle\n"});
  }
  return panel_figure("calibration",
                      "Calibration: mean score, with its standard error, of tracks with similar predictions",
                      panels);
}

Figure error_figure(const RunResults& results, const Groups& groups) {
  std::vector<double> labels;
  std::vector<double> errors = {0.0};
  for (const FitGroup* group : groups) {
    for (const Point& p : points_to_show(results, *group)) {
      labels.push_back(p.label);
      errors.push_back(p.prediction - p.label);
    }
  }
  const Axis across = Axis::around(labels);
  const Axis up = Axis::around(errors);
  const std::string ranges = across.range() + up.range();
  std::vector<Panel> panels;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    DataBlock points("errors" + std::to_string(g));
    for (const Point& p : points_to_show(results, *groups[g])) points.row({p.label, p.prediction - p.label});
    panels.push_back(
        {groups[g]->name(), points.definition() + tics(across, up) +
                                "set xlabel \"score\"\nset ylabel \"prediction - score\"\nplot " + ranges +
                                " 0 with lines dt 2 lc rgb \"#777777\" notitle, " + points.name() +
                                " using 1:2 with points pt 7 ps 0.35 lc " + quoted_colour(1) + " notitle\n"});
  }
  return panel_figure(
      "errors", "Error against score: tracks below the line are underestimated" + sampled(results), panels);
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

Panel learning_panel(const FitGroup& group, std::size_t number) {
  constexpr std::size_t most_lines = 40;
  DataBlock fits("fits" + std::to_string(number));
  std::size_t lines = 0;
  for (const FinishedFit& fit : group.fits) {
    if (fit.record.curve.empty() || lines++ == most_lines) continue;
    for (const models::CurvePoint& point : fit.record.curve) {
      fits.row({static_cast<double>(point.epoch), point.validation_mse});
    }
    fits.gap();
  }
  DataBlock medians("medians" + std::to_string(number));
  const std::vector<double> train = median_curve(group, &models::CurvePoint::train_loss);
  const std::vector<double> validation = median_curve(group, &models::CurvePoint::validation_mse);
  for (std::size_t e = 0; e < train.size(); ++e) {
    medians.row({static_cast<double>(e + 1), train[e], validation[e]});
  }
  return {group.name(), fits.definition() + medians.definition() +
                            "set xlabel \"epoch\"\nset ylabel \"loss\"\nset logscale y\nset format y \"%g\"\n"
                            "set key top right font \",9\" samplen 2\nplot " +
                            fits.name() + " using 1:2 with lines lw 0.6 lc rgb \"#c8d9e6\" notitle, " +
                            medians.name() + " using 1:2 with lines lw 2 lc " + quoted_colour(1) +
                            " title \"training\", " + medians.name() + " using 1:3 with lines lw 2 lc " +
                            quoted_colour(0) + " title \"validation\"\n"};
}

Figure learning_figure(const Groups& groups) {
  std::vector<Panel> panels;
  for (const FitGroup* group : groups) panels.push_back(learning_panel(*group, panels.size()));
  return panel_figure(
      "learning",
      "Learning curves: training loss and validation error by epoch, median of the fits that are "
      "still training; thin lines are single fits",
      panels);
}

Figure scores_figure(const RunResults& results) {
  constexpr double width = 0.05;
  std::map<int, int> bins;
  for (const PlannedTrack& track : results.plan.tracks)
    ++bins[static_cast<int>(std::floor(track.label / width))];
  DataBlock bars("bars");
  for (const auto& [bin, count] : bins) bars.row({(bin + 0.5) * width, static_cast<double>(count)});
  return {"scores", "Distribution of the scores", 620, 320,
          bars.definition() + "set xlabel \"memorability score\"\nset ylabel \"tracks\"\nset yrange [0:*]\n" +
              "set xrange [" + rounded(std::min(0.0, bins.begin()->first * width), 2) + ":" +
              rounded(std::max(1.0, (bins.rbegin()->first + 1) * width), 2) + "]\nset boxwidth " +
              rounded(width * 0.9, 3) +
              "\nset style fill solid 0.9 noborder\nset grid y nox\nplot $bars using 1:2 " +
              "with boxes lc " + quoted_colour(0) + " notitle"};
}

}  // namespace

std::vector<Figure> report_figures(const RunResults& results) {
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
  if (!results.plan.tracks.empty()) figures.push_back(scores_figure(results));
  return figures;
}

}  // namespace musicmem::launcher
