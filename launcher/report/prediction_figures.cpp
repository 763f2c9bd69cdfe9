// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/report/prediction_figures.h"

#include "launcher/plot/script.h"
#include "models/statistics/significance.h"
#include "models/tables/label_scale.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

namespace musicmem::launcher {
namespace {

constexpr std::size_t most_points = 2000;  // of a panel

std::vector<std::string> names_of(const Groups& groups) {
  std::vector<std::string> names;
  for (const FitGroup* group : groups) names.push_back(group->name());
  return names;
}

}  // namespace

std::string shown_of(std::size_t shown, std::size_t all, const std::string& what) {
  if (shown == all) return "";
  return " (the first " + std::to_string(shown) + " of " + std::to_string(all) + " " + what + ")";
}

namespace {

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

}  // namespace

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
  return panel_figure("scatter",
                      "Predicted against true " + target_of(results) +
                          " of every track (mean over seeds), with the line of identity" + sampled(results),
                      names_of(groups),
                      ScriptInput()
                          .set(points)
                          .set("x", Axis::around(shown))
                          .set("x_wide_step", Axis::around(shown).wide_step())
                          .set_text("target", target_of(results)));
}

namespace {

// Tracks by prediction in bins of equal numbers: mean score, with the 95 % interval of Student's t, against mean
// prediction.
void add_calibration_bins(DataBlock& bins, std::vector<Point> points, std::vector<double>& shown) {
  constexpr std::size_t tracks_per_bin = 8;
  constexpr std::size_t most_bins = 8;
  constexpr double upper_tail = 0.975;
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
    const double error =
        n > 1.0 ? models::student_quantile(upper_tail, n - 1.0) * std::sqrt(squares / (n - 1.0) / n) : 0.0;
    bins.row({prediction, label, label - error, label + error});
    shown.insert(shown.end(), {prediction, label - error, label + error});
  }
}

}  // namespace

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
          ", with its 95\u202F% interval, of tracks with similar predictions. On the dashed line predictions are right on "
          "average",
      names_of(groups),
      ScriptInput()
          .set(bins)
          .set("x", Axis::around(shown))
          .set("x_wide_step", Axis::around(shown).wide_step())
          .set_text("target", target_of(results)));
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
  return panel_figure("errors",
                      "Error against " + target_of(results) +
                          " of every track (mean over seeds): those below the line are underestimated" +
                          sampled(results),
                      names_of(groups),
                      ScriptInput()
                          .set(points)
                          .set("x", Axis::around(labels))
                          .set("x_wide_step", Axis::around(labels).wide_step())
                          .set("y", Axis::around(errors))
                          .set_text("target", target_of(results)));
}

namespace {

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

// Whole epochs between tics.
double epoch_step(double last) {
  constexpr double fewest = 1.0;
  return std::max(fewest, std::round(Axis{0.0, last}.wide_step()));
}

}  // namespace

Figure training_figure(const RunResults& results, const Groups& groups) {
  DataBlock fits("fits");
  DataBlock medians("medians");
  std::vector<double> last;
  std::vector<double> steps;
  for (const FitGroup* group : groups) {
    add_learning_curves(fits, medians, *group);
    fits.end_set();
    medians.end_set();
    std::size_t epochs = 1;
    for (const FinishedFit& fit : group->fits) epochs = std::max(epochs, fit.record.curve.size());
    last.push_back(static_cast<double>(epochs));
    steps.push_back(epoch_step(last.back()));
  }
  return panel_figure(
      "learning",
      "Training: loss and validation error by epoch, median of the fits that are still training; thin lines are the "
      "validation errors of single fits",
      names_of(groups),
      ScriptInput()
          .set(fits)
          .set(medians)
          .set("last", last)
          .set("epochs", steps)
          .set_text("target", target_of(results)));
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
  return panel_figure(
      "shares",
      "Learning curve: Spearman correlation of each model's first variant by the number of tracks "
      "that it learns from",
      titles,
      ScriptInput()
          .set(pooled)
          .set(folds)
          .set("x", Axis::around(tracks))
          .set("x_wide_step", Axis::around(tracks).wide_step())
          .set("y", Axis::around(values)));
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
  const std::string& target = target_of(results);
  const ScriptInput input = ScriptInput()
                                .set(bars)
                                .set("x", axis)
                                .set("width", width)
                                .set_text("target", is_published ? "memorability score" : target);
  constexpr int height = 320;
  return both_layouts("scores", is_published ? "Distribution of the scores" : "Distribution of " + target,
                      [&](const Layout& layout) {
                        return Drawing{layout.width(), height, input.drawn_by({"scores"})};
                      });
}

}  // namespace musicmem::launcher
