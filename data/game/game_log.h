// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

// The log of a listening game: who heard which clip when, and whether they said that they had heard it before. Who they
// were is forgotten while it is read: participants are numbers, and neither results nor errors quote what a row says of
// them.
namespace musicmem::data {

enum class Answer : std::uint8_t { fresh, heard, none };  // none: no answer, or none that counts

// One clip, heard once.
struct Presentation {
  std::uint32_t clip = 0;  // index into GameLog::clips
  std::uint32_t lag = 0;   // positions since the clip was heard before; 0 where it was not
  Answer answer = Answer::none;
  Answer first_answer = Answer::none;  // of a repeat: to the clip's first presentation in this game
  bool is_repeat = false;
  bool is_vigilance = false;  // there to see who listens: never counts towards the clip
};

// One participant's way through the clips.
struct Game {
  std::uint32_t participant = 0;  // from 0, by first appearance
  bool is_finished = true;
  std::vector<Presentation> presentations;  // in the order in which they were heard
};

struct GameLog {
  std::vector<std::string> clips;  // by first appearance, or by their numbers
  std::uint32_t participants = 0;
  std::vector<Game> games;  // by first appearance
  bool has_vigilance = false;
  bool is_as_published = false;    // of layout audmem: to be scored as its study was
  std::vector<std::string> notes;  // what was taken as given, for people
};

enum class LogLayout { long_rows, audmem };

// What a log calls a column: names of the layout, and the file's for them.
using ColumnNames = std::map<std::string, std::string>;

// The columns of a layout, those that must be there first.
struct LayoutColumns {
  std::vector<std::string> required;
  std::vector<std::string> optional;
};
const LayoutColumns& columns_of(LogLayout layout);

// Reads a table of UTF-8 separated by commas or tabs, a row at a time; memory grows with 24 bytes a presentation.
//
// long_rows: a row a presentation, in the order in which each participant heard them. `response` and `is_repeat` are 0 or
// 1 (a response of n/a, or none, is no answer); a position that begins again is a participant's next game, where no column
// `game` tells. A game is unfinished where `finished` says so or, without such a column, where it is shorter than most
// games, if more than half of all are equally long.
// audmem: a row a game, as the public code of the YTMM study keeps it; see docs/formats.md.
//
// Throws Error with file and line: for a missing column, a response or flag of another kind, positions or times that go
// back, a game that is there twice, a repeat of what was not heard before, no repeats at all, and e-mail addresses where
// clips are named.
GameLog read_game_log(const std::filesystem::path& file, LogLayout layout, const ColumnNames& names = {});

// Whether the text holds an e-mail address.
bool holds_address(std::string_view text);

}  // namespace musicmem::data
