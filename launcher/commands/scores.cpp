// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/scores/scores.h"

#include "config/error.h"
#include "launcher/commands/commands.h"

#include <cstdio>
#include <filesystem>
#include <memory>

#include <CLI/CLI.hpp>

namespace musicmem::launcher {
namespace {

struct ScoresOptions {
  ScoreOptions scores;
  std::string log;
  std::string output;
  std::vector<std::string> columns;
};

data::ColumnNames column_names(const std::vector<std::string>& pairs) {
  data::ColumnNames names;
  for (const std::string& pair : pairs) {
    const std::size_t equals = pair.find('=');
    if (equals == 0 || equals == std::string::npos || equals + 1 == pair.size())
      throw usage_error("a mapping is not of the form COLUMN=NAME", "--columns",
                        "give the layout's name of a column and the log's, such as participant=subject");
    names[pair.substr(0, equals)] = pair.substr(equals + 1);
  }
  return names;
}

int make_scores(const ScoresOptions& options) {
  ScoreOptions asked = options.scores;
  asked.log = options.log;
  asked.columns = column_names(options.columns);
  if (!std::filesystem::exists(asked.log))
    throw Error("does not exist", options.log, "give the log of the listening game");
  const Scores scores = score_log(asked);
  write_scores(scores, options.output);
  std::fputs(scores_text(scores).c_str(), stdout);
  std::printf("labels and page: %s\n", (std::filesystem::path(options.output) / "index.html").c_str());
  return exit_code::done;
}

constexpr const char* examples = R"(Layouts:
  long    a row a presentation: participant,clip,position,response,is_repeat[,is_vigilance][,rt]
          [,game][,time][,finished]; response 1 is "heard before". Commas or tabs, such as BIDS _beh.tsv files.
  audmem  a row a game, as the public code of the YTMM study logs it.

Examples:
  musicmem scores log.csv --layout long --output scores
  musicmem scores sub-01_beh.tsv --layout long --output scores --columns participant=subject,clip=stimulus
  musicmem scores experimentData.csv --layout audmem --output scores
  musicmem run study.yaml data.labels=scores/labels.csv data.reliability=scores/reliability.json

Nobody's name or address is written: participants are numbers in the order of the log.)";

}  // namespace

void add_scores_command(CLI::App& app, Action& action) {
  auto options = std::make_shared<ScoresOptions>();
  CLI::App* command = app.add_subcommand("scores", "Score the clips of a listening game from its log");
  command->add_option("log", options->log, "the log")->required()->type_name("LOG.csv");
  static const std::map<std::string, data::LogLayout> layouts = {{"long", data::LogLayout::long_rows},
                                                                 {"audmem", data::LogLayout::audmem}};
  command->add_option("--layout", options->scores.layout, "of the log")
      ->required()
      ->transform(CLI::CheckedTransformer(layouts))
      ->type_name("long|audmem");
  command->add_option("--output", options->output, "directory to write")->required()->type_name("DIR");
  command
      ->add_option("--min-vigilance", options->scores.filters.min_vigilance,
                   "share of vigilance repeats that a listener must recognise")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  constexpr int most_splits = 1000000;
  command->add_option("--splits", options->scores.splits, "random halves of the participants")
      ->check(CLI::Range(1, most_splits))
      ->capture_default_str();
  command->add_option("--seed", options->scores.seed, "of the halves")->capture_default_str();
  command->add_flag("--first-new", options->scores.filters.first_new,
                    "leave out repeats whose first presentation was called a repeat (always for audmem)");
  command->add_option("--columns", options->columns, "what the log calls columns of the layout")
      ->delimiter(',')
      ->type_name("COLUMN=NAME,...");
  command->footer(examples);
  command->callback([&action, options] {
    action.draws = true;
    action.run = [options](distributed::World& world) {
      return on_rank_zero(world, [&] { return make_scores(*options); });
    };
  });
}

}  // namespace musicmem::launcher
