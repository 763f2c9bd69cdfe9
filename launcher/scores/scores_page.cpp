// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/counted.h"
#include "launcher/scores/scores.h"
#include "launcher/text/markup.h"

#include <algorithm>

#include <fmt/format.h>

namespace musicmem::launcher {
namespace {

Table filter_table(const Scores& scores) {
  using enum Column::Kind;
  Table table{.columns = {{"left out", name}, {"number", count}}};
  for (const models::FilterCount& filter : scores.answers.filters)
    table.rows.push_back({filter.what, {filter.left_out, filter.of}});
  return table;
}

// The clips that are remembered best and least.
Table clip_table(const Scores& scores, bool best) {
  using enum Column::Kind;
  constexpr std::size_t shown = 10;
  Table table{.title = best ? "Remembered best" : "Remembered least",
              .columns = {{"clip", name},
                          {"score", number},
                          {"95 % interval", interval},
                          {"n", number},
                          {"false alarm rate", number},
                          {"d'", number}}};
  std::vector<std::size_t> clips = scored_clips(scores);
  std::ranges::stable_sort(clips, [&](std::size_t a, std::size_t b) {
    const double x = *scores.answers.clips[a].hit_rate();
    const double y = *scores.answers.clips[b].hit_rate();
    return best ? x > y : x < y;
  });
  clips.resize(std::min(clips.size(), shown));
  for (const std::size_t clip : clips) {
    const models::AnswerCounts& counts = scores.answers.clips[clip];
    table.rows.push_back({scores.clips[clip], rounded(counts.hit_rate()),
                          models::wilson_interval(counts.hits, counts.repeats()),
                          std::to_string(counts.repeats()), rounded(counts.false_alarm_rate()),
                          rounded(counts.dprime(), 2)});
  }
  return table;
}

void add_picture(Section& section, const std::vector<Picture>& pictures, const std::string& name) {
  for (const Picture& picture : pictures) {
    if (picture.name == name) section.blocks.push_back({picture});
  }
}

std::vector<std::string> agreement_notes(const Scores& scores) {
  if (!scores.halves.reliability)
    return {
        "The participants cannot be split into halves that share clips and differ in them: nothing is known of the "
        "scores' reliability."};
  const models::Reliability& reliability = *scores.halves.reliability;
  std::vector<std::string> notes = {fmt::format(
      "The scores of two random halves of the {} have a Spearman correlation of {} (mean of {} splits, standard deviation "
      "{}).",
      counted(scores.halves.listeners, "participant"), rounded(reliability.split_half_mean),
      with_thousands(reliability.splits), rounded(reliability.split_half_sd))};
  if (reliability.ceiling) {
    notes.push_back(fmt::format(
        "Half against half {}; attainable {}: the scores of all have a reliability of 2r/(1+r) = {} (Spearman and Brown, "
        "1910), and a perfect predictor would reach its square root.",
        rounded(reliability.split_half_mean, 2), rounded(reliability.ceiling, 2),
        rounded(reliability.spearman_brown)));
  } else {
    notes.emplace_back(
        "The halves do not agree: these scores have no reliability, and nothing can be called attainable.");
  }
  if (scores.halves.undefined > 0)
    notes.push_back(counted(static_cast<std::uint64_t>(scores.halves.undefined), "split") +
                    " without a correlation are left out.");
  return notes;
}

std::vector<std::string> score_notes(const Scores& scores) {
  std::vector<std::string> notes = {
      "Score: hit rate, the share of repeats that were recognised, with the 95 % Wilson interval. Corrected: hit rate less "
      "false alarm rate. d': difference of the normal deviates of both rates, with the log-linear correction (half an "
      "answer added to each count; Hautus, 1995)."};
  if (scores.filters.first_new)
    notes.emplace_back("Repeats count only where the clip's first presentation was called new.");
  notes.insert(notes.end(), scores.notes.begin(), scores.notes.end());
  if (scores.answers.unjudged > 0)
    notes.push_back(counted(scores.answers.unjudged, "game") + " without vigilance repeats are used.");
  return notes;
}

Section files_section() {
  Text files = {"The same numbers: "};
  for (const char* file : {"labels.csv", "reliability.json", "reliability_by_listeners.csv",
                           "participants.csv", "intervals.csv", "filters.csv"}) {
    if (files.size() > 1) files.emplace_back(", ");
    files.emplace_back(file, Span::Style::link);
  }
  files.emplace_back(". labels.csv is a study's data.labels, reliability.json its data.reliability.");
  return {"files", "Files", {{Paragraph{std::move(files)}}}};
}

}  // namespace

Document scores_document(const Scores& scores, const std::vector<Picture>& pictures) {
  Document document{"Scores of the listening game", "Music memorability, listeners"};
  std::size_t answers = 0;
  for (const models::AnswerCounts& counts : scores.answers.clips) answers += counts.repeats();
  document.facts = fmt::format(
      "{} · {} · {} answers to repeats", counted(scored_clips(scores).size(), "clip"),
      counted(scores.answers.games.size(), "participant"), with_thousands(static_cast<int>(answers)));
  Section clips{"clips", "Scores of the clips"};
  add_picture(clips, pictures, "scores");
  add_picture(clips, pictures, "dprime");
  clips.blocks.push_back({clip_table(scores, true)});
  clips.blocks.push_back({clip_table(scores, false)});
  clips.blocks.push_back({Notes{score_notes(scores)}});
  Section agreement{"agreement", "How well listeners agree"};
  add_picture(agreement, pictures, "listeners");
  agreement.blocks.push_back({Notes{agreement_notes(scores)}});
  Section lags{"intervals", "Memory over time"};
  add_picture(lags, pictures, "lags");
  Section filters{"filters", "What was left out", {{filter_table(scores)}}};
  document.sections = {std::move(clips), std::move(agreement), std::move(lags), std::move(filters),
                       files_section()};
  return document;
}

}  // namespace musicmem::launcher
