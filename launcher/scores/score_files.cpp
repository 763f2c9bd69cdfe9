// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/counted.h"
#include "data/files/csv.h"
#include "launcher/scores/scores.h"
#include "launcher/study/reliability_file.h"
#include "launcher/text/markup.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace musicmem::launcher {
namespace {

using data::csv_field;
using data::format_number;

std::string field(const std::optional<double>& value) {
  return value ? format_number(*value) : "";
}

std::string interval_fields(std::size_t part, std::size_t all) {
  const auto interval = models::wilson_interval(part, all);
  return interval ? format_number(interval->low) + "," + format_number(interval->high) : ",";
}

}  // namespace

std::vector<std::size_t> scored_clips(const Scores& scores) {
  std::vector<std::size_t> clips;
  for (std::size_t clip = 0; clip < scores.clips.size(); ++clip) {
    if (scores.answers.clips[clip].repeats() > 0) clips.push_back(clip);
  }
  return clips;
}

std::string labels_csv(const Scores& scores) {
  std::string text =
      "track,score,n,hits,misses,false_alarms,correct_rejections,hit_rate,false_alarm_rate,corrected,dprime,low,high\n";
  for (const std::size_t clip : scored_clips(scores)) {
    const models::AnswerCounts& counts = scores.answers.clips[clip];
    text += fmt::format("{},{},{},{},{},{},{},{},{},{},{},{}\n", csv_field(scores.clips[clip]),
                        field(counts.hit_rate()), counts.repeats(), counts.hits, counts.misses,
                        counts.false_alarms, counts.correct_rejections, field(counts.hit_rate()),
                        field(counts.false_alarm_rate()), field(counts.corrected()), field(counts.dprime()),
                        interval_fields(counts.hits, counts.repeats()));
  }
  return text;
}

std::string participants_csv(const Scores& scores) {
  std::string text =
      "participant,games,used,left_out,n,hits,misses,false_alarms,correct_rejections,hit_rate,false_alarm_rate,corrected,"
      "dprime,vigilance_repeats,vigilance_hits,vigilance\n";
  for (std::size_t i = 0; i < scores.answers.listeners.size(); ++i) {
    const models::Listener& listener = scores.answers.listeners[i];
    const models::AnswerCounts& counts = listener.counts;
    text += fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}\n", i + 1, listener.games,
                        listener.why_not == models::WhyNot::used ? 1 : 0, to_string(listener.why_not),
                        counts.repeats(), counts.hits, counts.misses, counts.false_alarms,
                        counts.correct_rejections, field(counts.hit_rate()), field(counts.false_alarm_rate()),
                        field(counts.corrected()), field(counts.dprime()), listener.vigilance_repeats,
                        listener.vigilance_hits, field(listener.vigilance()));
  }
  return text;
}

std::string intervals_csv(const Scores& scores) {
  std::string text = "interval,n,hits,hit_rate,low,high\n";
  for (const auto& [lag, counts] : scores.answers.lags)
    text += fmt::format("{},{},{},{},{}\n", lag, counts.repeats(), counts.hits, field(counts.hit_rate()),
                        interval_fields(counts.hits, counts.repeats()));
  return text;
}

std::string filters_csv(const Scores& scores) {
  std::string text = "filter,left_out,of,what\n";
  for (const models::FilterCount& filter : scores.answers.filters)
    text += fmt::format("{},{},{},{}\n", filter.name, filter.left_out, filter.of, csv_field(filter.what));
  return text;
}

std::string listeners_csv(const Scores& scores) {
  std::string text = "listeners,spearman_mean,spearman_sd,draws\n";
  for (const models::GroupAgreement& agreement : scores.by_listeners)
    text += fmt::format("{},{},{},{}\n", agreement.listeners, format_number(agreement.mean),
                        format_number(agreement.deviation), agreement.draws);
  return text;
}

std::string scores_reliability_json(const Scores& scores) {
  nlohmann::json content;
  for (const char* key : {"split_half_mean", "split_half_sd", "splits", "spearman_brown", "ceiling"})
    content[key] = nullptr;
  content["splits"] = 0;
  if (scores.halves.reliability)
    content.update(nlohmann::json::parse(reliability_json(*scores.halves.reliability)));
  content["undefined_splits"] = scores.halves.undefined;
  content["participants"] = scores.halves.listeners;
  content["clips"] = scored_clips(scores).size();
  content["seed"] = scores.seed;
  return content.dump(2) + "\n";
}

std::string scores_text(const Scores& scores) {
  std::string text = fmt::format("{} scored by {}\n", counted(scored_clips(scores).size(), "clip"),
                                 counted(scores.answers.games.size(), "participant"));
  for (const models::FilterCount& filter : scores.answers.filters)
    text += fmt::format("  left out: {} of {} ({})\n", filter.left_out, filter.of, filter.what);
  std::vector<std::string> once;
  for (std::size_t clip = 0; clip < scores.clips.size(); ++clip) {
    const models::AnswerCounts& counts = scores.answers.clips[clip];
    if (counts.repeats() == 0 && counts.firsts() > 0) once.push_back(scores.clips[clip]);
  }
  if (!once.empty())
    text += fmt::format("  {} that nobody answered to again, and so without a score: {}\n",
                        counted(once.size(), "clip"), once.size() == 1 ? once[0] : once[0] + " and others");
  if (scores.answers.unjudged > 0)
    text +=
        fmt::format("  {} without vigilance repeats are used\n", counted(scores.answers.unjudged, "game"));
  for (const std::string& note : scores.notes) text += "  " + note + "\n";
  if (const auto& reliability = scores.halves.reliability) {
    text += fmt::format("half against half {} (Spearman, {} splits, standard deviation {})",
                        rounded(reliability->split_half_mean), with_thousands(reliability->splits),
                        rounded(reliability->split_half_sd));
    text += reliability->ceiling
                ? fmt::format("; reliability of all {}; attainable {}\n",
                              rounded(reliability->spearman_brown), rounded(reliability->ceiling))
                : "; the halves do not agree, so that nothing can be called attainable\n";
  } else {
    text +=
        "no reliability: the participants cannot be split into halves that share clips and differ in them\n";
  }
  if (scores.halves.reliability && scores.halves.undefined > 0)
    text += fmt::format("{} without a correlation are left out of it\n",
                        counted(static_cast<std::uint64_t>(scores.halves.undefined), "split"));
  return text;
}

}  // namespace musicmem::launcher
