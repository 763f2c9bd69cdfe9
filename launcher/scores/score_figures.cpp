// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/scores/score_figures.h"

#include "config/counted.h"
#include "launcher/plot/script.h"
#include "launcher/text/markup.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

namespace musicmem::launcher {
namespace {

constexpr std::size_t most_points = 3000;  // that can be told apart
constexpr int height = 380;

Figure histogram(const Scores& scores) {
  constexpr int bins = 20;
  std::map<int, int> tracks;
  for (const std::size_t clip : scored_clips(scores)) {
    const double rate = *scores.answers.clips[clip].hit_rate();
    ++tracks[std::min(static_cast<int>(rate * bins), bins - 1)];
  }
  DataBlock bars("bars");
  for (const auto& [bin, count] : tracks) bars.row({(bin + 0.5) / bins, static_cast<double>(count)});
  return plain_figure(
      "scores",
      "How many of the " + counted(scored_clips(scores).size(), "clip") +
          " have which score, the share of repeats that were recognised",
      height,
      ScriptInput().set(bars).set("x", Axis{0.0, 1.0}).set("width", 1.0 / bins).set_text("target", "score"),
      {"scores"});
}

// Expected agreement of groups of other sizes than the halves (Spearman and Brown).
double expected(double of_halves, double half, double listeners) {
  const double ratio = listeners / half;
  return ratio * of_halves / (1.0 + (ratio - 1.0) * of_halves);
}

std::optional<Figure> agreement(const Scores& scores) {
  if (scores.by_listeners.empty() || !scores.halves.reliability || !scores.halves.reliability->spearman_brown)
    return std::nullopt;
  const models::Reliability& reliability = *scores.halves.reliability;
  const auto all = static_cast<double>(scores.halves.listeners);
  DataBlock drawn("drawn");
  double least = 0.0;
  for (const models::GroupAgreement& group : scores.by_listeners) {
    drawn.row({static_cast<double>(group.listeners), group.mean, group.deviation});
    least = std::min(least, group.mean - group.deviation);
  }
  DataBlock line("expected");
  constexpr int steps = 60;
  for (int step = 1; step <= steps; ++step) {
    const double listeners = all * step / steps;
    line.row({listeners, expected(reliability.split_half_mean, all / 2.0, listeners)});
  }
  DataBlock whole("whole");
  whole.row({all, *reliability.spearman_brown});
  return plain_figure(
      "listeners",
      "Agreement of two groups of listeners by their size; the scores of all of them have a reliability of " +
          rounded(reliability.spearman_brown, 2) + ", and a perfect predictor reaches its root, " +
          rounded(reliability.ceiling, 2),
      height,
      ScriptInput()
          .set(drawn)
          .set(line)
          .set(whole)
          .set("all", all)
          .set("y_low", std::floor(10.0 * least) / 10.0),
      {"listeners"});
}

// Single positions where there are few, else groups of neighbours of about equal numbers of repeats.
Figure by_lag(const Scores& scores) {
  constexpr std::size_t most_groups = 60;
  std::size_t all = 0;
  for (const auto& [lag, counts] : scores.answers.lags) all += counts.repeats();
  const std::size_t wanted = scores.answers.lags.size() <= most_groups ? 1 : all / most_groups;
  DataBlock lags("lags");
  models::AnswerCounts group;
  double positions = 0.0;
  const auto add = [&] {
    const auto interval = models::wilson_interval(group.hits, group.repeats());
    lags.row(
        {positions / static_cast<double>(group.repeats()), *group.hit_rate(), interval->low, interval->high});
  };
  for (const auto& [lag, counts] : scores.answers.lags) {
    group.hits += counts.hits;
    group.misses += counts.misses;
    positions += static_cast<double>(lag) * static_cast<double>(counts.repeats());
    if (group.repeats() < wanted) continue;
    add();
    group = {};
    positions = 0.0;
  }
  if (group.repeats() > 0) add();
  const std::string caption = wanted == 1 ? "" : "; neighbouring positions are taken together";
  return plain_figure(
      "lags", "Hit rate by the positions between presentations, with 95 % Wilson intervals" + caption, height,
      ScriptInput().set(lags).set(
          "x", Axis{0.8 * scores.answers.lags.begin()->first, 1.2 * scores.answers.lags.rbegin()->first}),
      {"lags"});
}

std::optional<Figure> sensitivity(const Scores& scores) {
  DataBlock clips("clips");
  std::vector<double> shown;
  std::vector<std::size_t> scored = scored_clips(scores);
  const std::size_t all = scored.size();
  for (std::size_t i = 0; i < std::min(all, most_points); ++i) {
    const models::AnswerCounts& counts = scores.answers.clips[scored[i * all / std::min(all, most_points)]];
    const auto dprime = counts.dprime();
    if (!dprime) continue;
    clips.row({*counts.hit_rate(), *dprime});
    shown.push_back(*dprime);
  }
  if (shown.empty()) return std::nullopt;
  return plain_figure("dprime",
                      "Sensitivity d' of each clip, which counts false alarms too, against its hit rate",
                      height, ScriptInput().set(clips).set("y", Axis::around(shown)), {"dprime"});
}

}  // namespace

std::vector<Figure> score_figures(const Scores& scores) {
  std::vector<Figure> figures = {histogram(scores)};
  if (auto figure = agreement(scores)) figures.push_back(std::move(*figure));
  figures.push_back(by_lag(scores));
  if (auto figure = sensitivity(scores)) figures.push_back(std::move(*figure));
  return figures;
}

}  // namespace musicmem::launcher
