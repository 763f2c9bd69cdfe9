// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "data/game/game_log.h"
#include "launcher/text/document.h"
#include "models/listeners/split_half.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

// From the log of a listening game to the labels of a study.
namespace musicmem::launcher {

struct ScoreOptions {
  std::filesystem::path log;
  data::LogLayout layout = data::LogLayout::long_rows;
  data::ColumnNames columns;
  models::ListenerFilters filters;
  int splits = 1000;
  std::uint64_t seed = 1;
};

// What a log says of its clips and listeners; nobody's name is in it.
struct Scores {
  std::vector<std::string> clips;
  std::vector<std::string> notes;
  models::ListenerFilters filters;
  models::ListenerAnswers answers;
  models::SplitHalf halves;
  std::vector<models::GroupAgreement> by_listeners;
  std::uint64_t seed = 1;
};

// Throws Error where the log gives no scores.
Scores score_log(const ScoreOptions& options);

// Writes labels.csv, reliability.json, reliability_by_listeners.csv, participants.csv, intervals.csv, filters.csv and
// index.html into `directory`, each by rename. Without gnuplot the page has no pictures, and a warning says so on
// standard error.
void write_scores(const Scores& scores, const std::filesystem::path& directory);

// Clips with a score, in the order of the labels.
std::vector<std::size_t> scored_clips(const Scores& scores);

std::string labels_csv(const Scores& scores);
std::string participants_csv(const Scores& scores);
std::string intervals_csv(const Scores& scores);
std::string filters_csv(const Scores& scores);
std::string listeners_csv(const Scores& scores);  // reliability_by_listeners.csv
std::string scores_reliability_json(const Scores& scores);

Document scores_document(const Scores& scores, const std::vector<Picture>& pictures);

// What was found, and what every filter left out, for a terminal.
std::string scores_text(const Scores& scores);

}  // namespace musicmem::launcher
