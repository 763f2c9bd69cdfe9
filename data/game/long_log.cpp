// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/counted.h"
#include "config/error.h"
#include "data/game/log_parts.h"

#include <algorithm>
#include <limits>
#include <set>

#include <fmt/format.h>

namespace musicmem::data {
namespace {

// A row as it was read; what follows from the others is found when all are there.
struct Row {
  std::uint32_t clip = 0;
  std::uint32_t position = 0;
  std::uint32_t line = 0;
  Answer answer = Answer::none;
  bool is_repeat = false;
  bool is_vigilance = false;
};

struct OpenGame {
  bool is_open = false;
  std::size_t game = 0;  // index into the log's
  std::int64_t first_position = 0;
  std::int64_t last_position = 0;
  double last_time = -std::numeric_limits<double>::infinity();
  std::string name;               // in the column `game`
  std::set<std::string> earlier;  // names of games that are over
};

// The last presentation of a clip.
struct Heard {
  std::uint32_t position = 0;
  Answer first = Answer::none;                                 // to its first presentation in the game
  std::size_t game = std::numeric_limits<std::size_t>::max();  // that it was heard in
};

class LongLog {
 public:
  LongLog(const std::filesystem::path& file, const ColumnNames& names)
      : file_(file), stream_(file), columns_(stream_, file, LogLayout::long_rows, names) {
    participant_ = columns_.at("participant");
    clip_ = columns_.at("clip");
    position_ = columns_.at("position");
    response_ = columns_.at("response");
    is_repeat_ = columns_.at("is_repeat");
    is_vigilance_ = columns_.find("is_vigilance");
    game_ = columns_.find("game");
    time_ = columns_.find("time");
    finished_ = columns_.find("finished");
  }

  GameLog read() {
    std::vector<std::string_view> fields;
    while (stream_.next(fields)) add(fields);
    if (rows_.empty()) throw Error("holds no rows", file_.string(), "give the log of the listening game");
    log_.participants = static_cast<std::uint32_t>(participants_.size());
    heard_.resize(log_.clips.size());
    for (std::size_t g = 0; g < rows_.size(); ++g) {
      link(g);
      rows_[g] = {};
    }
    if (!has_repeats_)
      throw Error("has no repeats: no row has 1 in is_repeat", file_.string(),
                  "scores are of clips that are heard again: name the column with --columns is_repeat=NAME");
    if (!finished_) guess_unfinished();
    return std::move(log_);
  }

 private:
  [[noreturn]] void refuse(const std::string& problem, const std::string& advice) const {
    throw Error(problem, stream_.place(), advice);
  }

  bool flag(const std::vector<std::string_view>& fields, std::size_t column, const char* name) const {
    const auto value = as_flag(value_of(fields[column]));
    if (!value) refuse(std::string(name) + " is neither 0 nor 1", "give 1 for yes and 0 for no");
    return *value;
  }

  void add(const std::vector<std::string_view>& fields) {
    const std::string_view who = value_of(fields[participant_]);
    if (who.empty()) refuse("names no participant", "give every row one");
    const auto position = as_number<std::int64_t>(value_of(fields[position_]));
    if (!position || *position < 0 || *position > std::numeric_limits<std::int32_t>::max())
      refuse("position is no whole number from 0", "count the clips that a participant hears");
    const std::uint32_t participant = participants_.of(who);
    if (participant == open_.size()) open_.emplace_back();
    const std::size_t game = game_at(participant, *position, fields);
    Row row;
    row.clip = clip_of(fields[clip_]);
    row.position = static_cast<std::uint32_t>(*position);
    row.line = static_cast<std::uint32_t>(stream_.line());
    row.answer = answer_of(value_of(fields[response_]));
    row.is_repeat = flag(fields, is_repeat_, "is_repeat");
    row.is_vigilance = is_vigilance_ && flag(fields, *is_vigilance_, "is_vigilance");
    if (finished_ && !flag(fields, *finished_, "finished")) log_.games[game].is_finished = false;
    log_.has_vigilance |= row.is_vigilance;
    has_repeats_ |= row.is_repeat;
    rows_[game].push_back(row);
  }

  Answer answer_of(std::string_view value) const {
    if (value.empty()) return Answer::none;
    const auto heard = as_flag(value);
    if (!heard)
      refuse("response is neither 0 nor 1", "give 1 for heard before, 0 for new, n/a for no answer");
    return *heard ? Answer::heard : Answer::fresh;
  }

  std::uint32_t clip_of(std::string_view field) {
    const std::string_view name = value_of(field);
    const std::size_t known = log_.clips.size();
    const std::uint32_t clip = clips_.of(name);
    if (clip == known) {
      require_clip_name(name, stream_);
      log_.clips.emplace_back(name);
    }
    return clip;
  }

  // The game that the row belongs to: the participant's last one, or a new one.
  std::size_t game_at(std::uint32_t participant, std::int64_t position,
                      const std::vector<std::string_view>& fields) {
    OpenGame& open = open_[participant];
    const bool is_new = !open.is_open || begins_again(open, position, fields);
    if (!is_new && position <= open.last_position)
      refuse("position " + std::to_string(position) + " comes after position " +
                 std::to_string(open.last_position) + " of the same participant",
             "give each participant's rows in the order in which they were heard");
    if (is_new) begin(open, participant, position, fields);
    open.last_position = position;
    if (time_) follow_time(open, value_of(fields[*time_]));
    return open.game;
  }

  bool begins_again(const OpenGame& open, std::int64_t position,
                    const std::vector<std::string_view>& fields) const {
    if (!game_) return position <= open.first_position;
    const std::string_view name = value_of(fields[*game_]);
    if (name != open.name) return true;
    if (position <= open.first_position)
      refuse("a participant plays the same game twice",
             "give each game of a participant a number of its own");
    return false;
  }

  void begin(OpenGame& open, std::uint32_t participant, std::int64_t position,
             const std::vector<std::string_view>& fields) {
    if (game_) {
      const std::string name(value_of(fields[*game_]));
      if (open.is_open) open.earlier.insert(open.name);
      if (open.earlier.contains(name))
        refuse(
            "a participant's games overlap: one goes on after another has begun",
            "give the rows of a game one behind another, and each game of a participant a number of its own");
      open.name = name;
    }
    open.is_open = true;
    open.game = log_.games.size();
    open.first_position = position;
    log_.games.push_back({participant, true, {}});
    rows_.emplace_back();
  }

  void follow_time(OpenGame& open, std::string_view text) const {
    const auto time = as_number<double>(text);
    if (text.empty()) return;
    if (!time) refuse("time is no number", "give seconds");
    if (*time < open.last_time)
      refuse("time goes back, or two games of a participant overlap",
             "give each participant's rows in the order in which they were heard");
    open.last_time = *time;
  }

  // Fills in what follows from the rows before.
  void link(std::size_t number) {
    Game& game = log_.games[number];
    game.presentations.reserve(rows_[number].size());
    for (const Row& row : rows_[number]) {
      Heard& before = heard_[row.clip];
      const bool is_known = before.game == number;
      if (row.is_repeat != is_known) refuse_repeat(row);
      game.presentations.push_back({row.clip, is_known ? row.position - before.position : 0, row.answer,
                                    is_known ? before.first : Answer::none, row.is_repeat, row.is_vigilance});
      before = {row.position, is_known ? before.first : row.answer, number};
    }
  }

  [[noreturn]] void refuse_repeat(const Row& row) const {
    throw Error(row.is_repeat
                    ? "is_repeat is 1, and the participant has not heard the clip before in this game"
                    : "is_repeat is 0, and the participant has heard the clip before in this game",
                file_.string() + ":" + std::to_string(row.line),
                row.is_repeat ? "keep the row of its first presentation, or correct is_repeat"
                              : "correct is_repeat, or number the games in a column game");
  }

  void guess_unfinished() {
    std::map<std::size_t, std::size_t> games_of_length;
    for (const Game& game : log_.games) ++games_of_length[game.presentations.size()];
    const auto usual =
        std::ranges::max_element(games_of_length, {}, [](const auto& entry) { return entry.second; });
    if (2 * usual->second <= log_.games.size()) {
      log_.notes.emplace_back(
          "games differ in length, and no column finished tells which are whole: all are taken as whole");
      return;
    }
    for (Game& game : log_.games) game.is_finished = game.presentations.size() >= usual->first;
    log_.notes.push_back(fmt::format("a whole game is taken to have {}, as most games have",
                                     counted(usual->first, "presentation")));
  }

  std::filesystem::path file_;
  RecordStream stream_;
  LogColumns columns_;
  std::size_t participant_, clip_, position_, response_, is_repeat_;
  std::optional<std::size_t> is_vigilance_, game_, time_, finished_;
  GameLog log_;
  Numbers participants_;
  Numbers clips_;
  std::vector<OpenGame> open_;          // of each participant
  std::vector<std::vector<Row>> rows_;  // of each game
  std::vector<Heard> heard_;            // of each clip
  bool has_repeats_ = false;
};

}  // namespace

GameLog read_long_log(const std::filesystem::path& file, const ColumnNames& names) {
  return LongLog(file, names).read();
}

}  // namespace musicmem::data
