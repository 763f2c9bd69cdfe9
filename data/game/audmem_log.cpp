// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/counted.h"
#include "config/error.h"
#include "data/game/log_parts.h"
#include "data/game/published_game.h"

#include <algorithm>
#include <limits>

namespace musicmem::data {
namespace {

constexpr int skipped = -2;       // the sound did not come
constexpr int known_before = -1;  // from elsewhere, so that it says nothing

// Calls `see` for each entry of a list separated by commas.
template <class See>
void for_each_entry(std::string_view list, const See& see) {
  while (!list.empty()) {
    const std::size_t end = list.find(',');
    see(value_of(list.substr(0, end)));
    if (end == std::string_view::npos) return;
    list.remove_prefix(end + 1);
  }
}

class AudmemLog {
 public:
  AudmemLog(const std::filesystem::path& file, const ColumnNames& names)
      : file_(file), stream_(file), columns_(stream_, file, LogLayout::audmem, names) {
    who_ = columns_.at("userEmail");
    order_ = columns_.at("audioOrder");
    response_ = columns_.at("userResponse");
    finished_ = columns_.at("experimentFinished");
    slots_ = columns_.find("slotOrder");
    vigilance_ = columns_.find("vigilance");
    if (slots_.has_value() != vigilance_.has_value())
      throw Error(slots_ ? "has slotOrder and no vigilance" : "has vigilance and no slotOrder", file.string(),
                  "give both columns, or none for the published game");
  }

  GameLog read() {
    log_.is_as_published = true;
    std::vector<std::string_view> fields;
    while (stream_.next(fields)) add(fields);
    if (log_.games.empty())
      throw Error("holds no games", file_.string(), "give the log of the listening game");
    const bool any = std::ranges::any_of(log_.games, [](const Game& game) {
      return std::ranges::any_of(game.presentations, &Presentation::is_repeat);
    });
    if (!any) throw Error("has no repeats: no game came to a clip that is heard again", file_.string(), "");
    log_.participants = static_cast<std::uint32_t>(participants_.size());
    if (!slots_) log_.notes.emplace_back("slots and clips are those of the published game");
    return std::move(log_);
  }

 private:
  [[noreturn]] void refuse(const std::string& problem, const std::string& advice) const {
    throw Error(problem, stream_.place(), advice);
  }

  void add(const std::vector<std::string_view>& fields) {
    const std::string_view who = value_of(fields[who_]);
    if (who.empty()) refuse("names no participant", "fill in " + stream_.header()[who_]);
    Game game;
    game.participant = participants_.of(who);
    const auto finished = as_flag(value_of(fields[finished_]));
    if (!finished)
      refuse("experimentFinished is neither 0 nor 1", "give 1 for games that were played to the end");
    // As its study was scored, a row with an empty field is not whole.
    game.is_finished = *finished && std::ranges::none_of(fields, [](std::string_view field) {
      return value_of(field).empty();
    });
    const GameDesign design = design_of(fields);
    const std::vector<std::uint32_t> order = order_of(value_of(fields[order_]), design);
    play(game, design, order, answers_of(value_of(fields[response_])));
    log_.has_vigilance |= !design.vigilance.empty();
    log_.games.push_back(std::move(game));
  }

  GameDesign design_of(const std::vector<std::string_view>& fields) const {
    if (!slots_) return published_game();
    return {numbers_of(fields[*slots_], "slotOrder"), numbers_of(fields[*vigilance_], "vigilance")};
  }

  std::vector<std::uint32_t> numbers_of(std::string_view field, const std::string& column) const {
    std::vector<std::uint32_t> numbers;
    for_each_entry(value_of(field), [&](std::string_view entry) {
      const auto number = as_number<std::int64_t>(entry);
      if (!number || *number < 0 || *number > std::numeric_limits<std::int32_t>::max())
        refuse(column + " holds what is no place of the order",
               "give whole numbers from 0, separated by commas");
      numbers.push_back(static_cast<std::uint32_t>(*number));
    });
    return numbers;
  }

  // The clip at each place of the participant's order: a number of the published clips, or a name.
  std::vector<std::uint32_t> order_of(std::string_view field, const GameDesign& design) {
    std::vector<std::uint32_t> order;
    std::vector<bool> is_there;
    for_each_entry(field, [&](std::string_view entry) {
      const std::uint32_t clip = clip_of(entry);
      if (clip >= is_there.size()) is_there.resize(clip + 1, false);
      if (is_there[clip]) refuse("audioOrder has a clip twice", "give an order of different clips");
      is_there[clip] = true;
      order.push_back(clip);
    });
    std::size_t places = design.slots.empty() ? 0 : *std::ranges::max_element(design.slots) + 1U;
    for (const std::uint32_t place : design.vigilance) places = std::max<std::size_t>(places, place + 1U);
    if (order.size() < places)
      refuse("audioOrder has " + counted(order.size(), "clip") + ", and the slots are of " +
                 std::to_string(places),
             slots_
                 ? "give each place of slotOrder a clip"
                 : "a game of other clips than the published one needs the columns slotOrder and vigilance");
    return order;
  }

  std::uint32_t clip_of(std::string_view entry) {
    const auto number = as_number<std::int64_t>(entry);
    const std::vector<std::string>& published = published_tracks();
    if (number && (*number < 0 || static_cast<std::size_t>(*number) >= published.size()))
      refuse("audioOrder holds the number of a clip that the published game does not have",
             "give numbers from 0 to 234, or the file names of the clips");
    if (number) list_published_clips();
    const std::string_view name =
        number ? std::string_view(published[static_cast<std::size_t>(*number)]) : entry;
    const std::uint32_t clip = clips_.of(name);
    if (clip == log_.clips.size()) {
      require_clip_name(name, stream_);
      log_.clips.emplace_back(name);
    }
    return clip;
  }

  // In the order of their numbers, as their study lists them.
  void list_published_clips() {
    if (!log_.clips.empty()) return;
    log_.clips = published_tracks();
    for (const std::string& track : log_.clips) clips_.of(track);
  }

  std::vector<int> answers_of(std::string_view field) const {
    std::vector<int> answers;
    for_each_entry(field, [&](std::string_view entry) {
      const auto answer = as_number<std::int64_t>(entry);
      if (!answer || *answer < skipped || *answer > 1)
        refuse("userResponse holds another answer than 1, 0, -1 and -2",
               "1 is heard before, 0 new, -1 known from elsewhere, -2 skipped");
      answers.push_back(static_cast<int>(*answer));
    });
    return answers;
  }

  static Answer answer_of(int number) {
    if (number == known_before || number == skipped) return Answer::none;
    return number == 1 ? Answer::heard : Answer::fresh;
  }

  void play(Game& game, const GameDesign& design, const std::vector<std::uint32_t>& order,
            const std::vector<int>& answers) const {
    if (answers.size() > design.slots.size())
      refuse("userResponse has " + counted(answers.size(), "answer") + ", and the game " +
                 counted(design.slots.size(), "slot"),
             "give one answer a slot");
    std::vector<bool> is_vigilance(order.size(), false);
    for (const std::uint32_t place : design.vigilance) is_vigilance[place] = true;
    struct Heard {
      bool is_known = false;
      Answer first = Answer::none;
      std::size_t last = 0;  // slot
    };
    std::vector<Heard> heard(order.size());
    for (std::size_t slot = 0; slot < answers.size(); ++slot) {
      const std::uint32_t place = design.slots[slot];
      Heard& before = heard[place];
      const Answer answer = answer_of(answers[slot]);
      game.presentations.push_back(
          {order[place], static_cast<std::uint32_t>(before.is_known ? slot - before.last : 0), answer,
           before.is_known ? before.first : Answer::none, before.is_known, is_vigilance[place]});
      before = {true, before.is_known ? before.first : answer, slot};
    }
  }

  std::filesystem::path file_;
  RecordStream stream_;
  LogColumns columns_;
  std::size_t who_, order_, response_, finished_;
  std::optional<std::size_t> slots_, vigilance_;
  GameLog log_;
  Numbers participants_;
  Numbers clips_;
};

}  // namespace

GameLog read_audmem_log(const std::filesystem::path& file, const ColumnNames& names) {
  return AudmemLog(file, names).read();
}

}  // namespace musicmem::data
