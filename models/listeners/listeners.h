// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "data/game/game_log.h"
#include "models/listeners/answers.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

// From the log of a listening game to what its listeners said of each clip.
namespace musicmem::models {

struct ListenerFilters {
  double min_vigilance = 0.65;  // share of vigilance repeats that were recognised
  bool first_new = false;  // leave out repeats whose first presentation was called a repeat, or not answered
};

// What was left out, and of how many.
struct FilterCount {
  std::string name;  // of a column: "vigilance"
  std::string what;  // for people: "games with vigilance below 0.65"
  std::size_t left_out = 0;
  std::size_t of = 0;
};

enum class WhyNot { used, incomplete, vigilance };
std::string to_string(WhyNot reason);  // "", "incomplete", "vigilance"

struct Listener {
  std::size_t games = 0;
  WhyNot why_not = WhyNot::used;  // of the last game, where none is used
  // Of the game that is used, or else of the first.
  AnswerCounts counts;
  std::size_t vigilance_hits = 0;
  std::size_t vigilance_repeats = 0;

  std::optional<double> vigilance() const;  // empty without such repeats
};

// A repeat that counts: which clip, and whether it was recognised.
struct RepeatAnswer {
  std::uint32_t clip = 0;
  bool is_hit = false;
};

struct ListenerAnswers {
  std::vector<AnswerCounts> clips;               // as GameLog::clips
  std::vector<Listener> listeners;               // by number
  std::vector<std::vector<RepeatAnswer>> games;  // of each listener whose game is used
  std::map<std::uint32_t, AnswerCounts> lags;    // hits and misses by positions between presentations
  std::vector<FilterCount> filters;
  std::size_t unjudged =
      0;  // games that are used though they have no vigilance repeats, in a log that has such
};

// Of each participant the first game that is whole and vigilant, as the study of YTMM was scored.
ListenerAnswers answers_of_listeners(const data::GameLog& log, const ListenerFilters& filters);

}  // namespace musicmem::models
