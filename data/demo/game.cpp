// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/demo/game.h"

#include "data/files/csv.h"
#include "data/files/hash.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <fmt/format.h>

namespace musicmem::data {
namespace {

// One sound of a game.
struct Slot {
  std::size_t sound = 0;  // a clip of the study, or behind those one for vigilance
  bool is_repeat = false;
  bool response = false;
  double seconds = 0.0;  // until the answer
};

struct DemoGame {
  int participant = 0;  // from 1
  bool is_finished = true;
  std::vector<Slot> slots;
};

constexpr double share_of_others = 1.0 / 3.0;  // clips heard once, by those heard twice
constexpr std::size_t slots_per_vigilance = 12;
constexpr std::size_t fewest_vigilance = 3;
constexpr double vigilant = 0.95;

double seconds_to_answer(Generator& random) {
  return std::round(1000.0 * (1.2 + std::abs(0.9 * random.normal()))) / 1000.0;
}

// A slot at its place in time.
struct Timed {
  double time = 0.0;
  Slot slot;
};

class GameMaker {
 public:
  GameMaker(const DemoStudy& study, std::uint64_t number)
      : study_(study),
        random_(seed_from({"demo game", std::to_string(study.seed), std::to_string(number)})) {}

  // A clip that is heard again, and what is said then; at first it is called new.
  void add_target(std::size_t clip, bool recognised) {
    const double a = random_.uniform();
    const double b = random_.uniform();
    add(std::min(a, b), {clip, false, false});
    add(std::max(a, b), {clip, true, recognised});
    ++targets_;
  }

  // Some of the other clips, heard once.
  void add_others(const std::vector<std::size_t>& others) {
    constexpr double taken_for_known = 0.12;
    const auto wanted =
        static_cast<std::size_t>(std::lround(share_of_others * static_cast<double>(targets_)));
    std::vector<std::size_t> drawn = others;
    random_.shuffle(drawn);
    drawn.resize(std::min(drawn.size(), wanted));
    for (const std::size_t clip : drawn)
      add(random_.uniform(), {clip, false, random_.chance(taken_for_known)});
  }

  std::vector<Slot> finish(double vigilance) {
    std::ranges::stable_sort(timed_, {}, &Timed::time);
    std::vector<Slot> slots;
    for (const Timed& timed : timed_) slots.push_back(timed.slot);
    add_vigilance(slots, vigilance);
    for (Slot& slot : slots) slot.seconds = seconds_to_answer(random_);
    return slots;
  }

 private:
  void add(double time, const Slot& slot) { timed_.push_back({time, slot}); }

  // Pairs of sounds five to nine slots apart, evenly through the game. Of a listener who is vigilant, a fourth at most are
  // missed.
  void add_vigilance(std::vector<Slot>& slots, double vigilance) {
    const std::size_t pairs = std::max(fewest_vigilance, slots.size() / slots_per_vigilance);
    const std::size_t most_missed = vigilance < vigilant ? pairs : pairs / 4;
    std::size_t missed = 0;
    for (std::size_t pair = 0; pair < pairs; ++pair) {
      bool recognised = random_.chance(vigilance);
      if (!recognised && missed == most_missed) recognised = true;
      missed += recognised ? 0 : 1;
      const std::size_t sound = study_.tracks.size() + pair;
      const std::size_t at = slots.size() * pair / pairs;
      const std::size_t again =
          std::min(slots.size() + 1, at + 5 + static_cast<std::size_t>(random_.choice(5)));
      slots.insert(slots.begin() + static_cast<std::ptrdiff_t>(at), Slot{sound, false, false});
      slots.insert(slots.begin() + static_cast<std::ptrdiff_t>(again), Slot{sound, true, recognised});
    }
  }

  const DemoStudy& study_;
  Generator random_;
  std::vector<Timed> timed_;
  std::size_t targets_ = 0;
};

// What each listener said of the clips that came again to them.
struct Heard {
  std::size_t clip = 0;
  bool recognised = false;
};

DemoGame make_game(const DemoStudy& study, std::uint64_t number, const std::vector<Heard>& heard,
                   double vigilance) {
  GameMaker maker(study, number);
  std::vector<bool> is_target(study.tracks.size(), false);
  for (const Heard& clip : heard) {
    is_target[clip.clip] = true;
    maker.add_target(clip.clip, clip.recognised);
  }
  std::vector<std::size_t> others;
  for (std::size_t clip = 0; clip < study.tracks.size(); ++clip) {
    if (!is_target[clip]) others.push_back(clip);
  }
  maker.add_others(others);
  DemoGame game;
  game.slots = maker.finish(vigilance);
  return game;
}

std::vector<DemoGame> play(const DemoStudy& study) {
  std::vector<std::vector<Heard>> heard(demo_listener_count);
  for (std::size_t clip = 0; clip < study.hearings.size(); ++clip) {
    for (const DemoAnswer& answer : study.hearings[clip].answers)
      heard[answer.listener].push_back({clip, answer.recognised});
  }
  std::vector<DemoGame> games;
  for (const std::vector<Heard>& clips : heard) {
    if (clips.empty()) continue;
    games.push_back(make_game(study, games.size(), clips, vigilant));
    games.back().participant = static_cast<int>(games.size());
  }
  // Somebody who does not listen, somebody who breaks off, and the first one again.
  const int listeners = static_cast<int>(games.size());
  const std::vector<Heard> some = heard.front().empty() ? heard.back() : heard.front();
  games.push_back(make_game(study, games.size(), some, 0.0));
  games.back().participant = listeners + 1;
  games.push_back(make_game(study, games.size(), some, vigilant));
  games.back().participant = listeners + 2;
  games.back().is_finished = false;
  games.back().slots.resize(games.back().slots.size() / 2);
  games.push_back(make_game(study, games.size(), some, vigilant));
  games.back().participant = 1;
  return games;
}

std::string sound_name(const DemoStudy& study, std::size_t sound) {
  return sound < study.tracks.size() ? study.tracks[sound]
                                     : fmt::format("vigilance_{:02}.wav", sound - study.tracks.size() + 1);
}

void append(std::string& list, std::string_view entry) {
  if (!list.empty()) list += ',';
  list += entry;
}

std::string audmem_row(const DemoStudy& study, const DemoGame& game, std::size_t number) {
  std::string order;
  std::string vigilance;
  std::string slots;
  std::string responses;
  std::string seconds;
  std::vector<std::size_t> sounds;  // by their places in the order
  for (const Slot& slot : game.slots) {
    const auto known = std::ranges::find(sounds, slot.sound);
    const auto place = static_cast<std::size_t>(known - sounds.begin());
    if (known == sounds.end()) {
      sounds.push_back(slot.sound);
      append(order, sound_name(study, slot.sound));
      if (slot.sound >= study.tracks.size()) append(vigilance, std::to_string(place));
    }
    append(slots, std::to_string(place));
    append(responses, slot.response ? "1" : "0");
    append(seconds, format_number(slot.seconds));
  }
  const std::string minutes = fmt::format("{:02}:{:02}", 8 + number / 60 % 12, number % 60);
  return fmt::format("{0} 2024-03-01,{0} 2024-03-02,listener{1:03}@example.org,{2},{3},{4},{5},{6},{7}\n",
                     minutes, game.participant, csv_field(order), csv_field(responses), csv_field(seconds),
                     game.is_finished ? 1 : 0, csv_field(slots), csv_field(vigilance));
}

}  // namespace

std::string long_log_csv(const DemoStudy& study) {
  std::string text = "participant,clip,position,response,is_repeat,is_vigilance,rt,finished\n";
  for (const DemoGame& game : play(study)) {
    for (std::size_t i = 0; i < game.slots.size(); ++i) {
      const Slot& slot = game.slots[i];
      text += fmt::format("listener{:03},{},{},{},{},{},{},{}\n", game.participant,
                          sound_name(study, slot.sound), i + 1, slot.response ? 1 : 0, slot.is_repeat ? 1 : 0,
                          slot.sound >= study.tracks.size() ? 1 : 0, format_number(slot.seconds),
                          game.is_finished ? 1 : 0);
    }
  }
  return text;
}

std::string audmem_log_csv(const DemoStudy& study) {
  std::string text =
      "startTime,updateTime,userEmail,audioOrder,userResponse,responsePosition,experimentFinished,slotOrder,vigilance\n";
  std::size_t number = 0;
  for (const DemoGame& game : play(study)) text += audmem_row(study, game, number++);
  return text;
}

}  // namespace musicmem::data
