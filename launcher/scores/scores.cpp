// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/scores/scores.h"

#include "config/error.h"
#include "data/files/durable_file.h"
#include "launcher/plot/gnuplot.h"
#include "launcher/scores/score_figures.h"

namespace musicmem::launcher {
namespace {

// Throws the error with the log's place, which functions that do not know it leave out.
template <class Compute>
auto with_place(const std::filesystem::path& log, const Compute& compute) {
  try {
    return compute();
  } catch (const Error& error) {
    if (!error.where().empty()) throw;
    throw Error(error.problem(), log.string(), error.advice(), error.kind());
  }
}

}  // namespace

Scores score_log(const ScoreOptions& options) {
  data::GameLog log = data::read_game_log(options.log, options.layout, options.columns);
  Scores scores;
  scores.filters = options.filters;
  scores.filters.first_new |= log.is_as_published;
  scores.seed = options.seed;
  scores.answers = models::answers_of_listeners(log, options.filters);
  scores.clips = std::move(log.clips);
  scores.notes = std::move(log.notes);
  with_place(options.log, [&] {
    if (scores.answers.games.empty())
      throw Error("the filters leave no game: " + scores.answers.filters.front().what + " and such are " +
                      std::to_string(scores.answers.filters.front().of),
                  "", "lower --min-vigilance, or look at the log");
    if (scored_clips(scores).empty())
      throw Error("no clip has an answer to a repeat that counts", "",
                  "leave out --first-new, or look at the log");
    return 0;
  });
  scores.halves = models::split_half(scores.answers, options.splits, options.seed);
  scores.by_listeners = models::agreement_by_listeners(scores.answers, options.seed);
  return scores;
}

void write_scores(const Scores& scores, const std::filesystem::path& directory) {
  data::make_directories(directory);
  data::require_writable_directory(directory);
  const std::vector<Figure> figures = score_figures(scores);
  const std::map<std::string, std::string> drawn = draw_or_warn(figures, "the page");
  std::vector<Picture> pictures;
  for (const Figure& figure : figures) {
    const auto svg = drawn.find(figure.name + ".svg");
    if (svg == drawn.end()) continue;
    pictures.push_back({.name = figure.name,
                        .caption = figure.caption,
                        .svg = svg->second,
                        .narrow_svg = drawn.at(figure.name + "-narrow.svg")});
  }
  data::write_file_durably(directory / "labels.csv", labels_csv(scores));
  data::write_file_durably(directory / "reliability.json", scores_reliability_json(scores));
  data::write_file_durably(directory / "reliability_by_listeners.csv", listeners_csv(scores));
  data::write_file_durably(directory / "participants.csv", participants_csv(scores));
  data::write_file_durably(directory / "intervals.csv", intervals_csv(scores));
  data::write_file_durably(directory / "filters.csv", filters_csv(scores));
  data::write_file_durably(directory / "index.html", as_html(scores_document(scores, pictures)));
}

}  // namespace musicmem::launcher
