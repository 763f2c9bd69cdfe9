// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/listeners/listeners.h"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

namespace musicmem::models {
namespace {

using data::Answer;
using data::Game;
using data::Presentation;

class Scoring {
 public:
  Scoring(const data::GameLog& log, const ListenerFilters& filters) : log_(log), filters_(filters) {
    filters_.first_new |= log.is_as_published;
    result_.clips.resize(log.clips.size());
    result_.listeners.resize(log.participants);
  }

  ListenerAnswers take() {
    std::vector<bool> has_used(log_.participants, false);
    for (const Game& game : log_.games) {
      Listener& listener = result_.listeners[game.participant];
      ++listener.games;
      if (has_used[game.participant]) {
        ++later_;
        continue;
      }
      Listener of_game = look_at(game);
      of_game.games = listener.games;
      of_game.why_not = judge(game, of_game);
      has_used[game.participant] = of_game.why_not == WhyNot::used;
      if (has_used[game.participant] || listener.games == 1) listener = of_game;
      if (!has_used[game.participant]) {
        listener.why_not = of_game.why_not;
        continue;
      }
      use(game, of_game);
    }
    count_filters();
    return std::move(result_);
  }

 private:
  bool counts(const Presentation& heard) const {
    if (heard.answer == Answer::none) return false;
    return !heard.is_repeat || !filters_.first_new || heard.first_answer == Answer::fresh;
  }

  static void add(AnswerCounts& counts, const Presentation& heard) {
    const bool said_heard = heard.answer == Answer::heard;
    if (heard.is_repeat) {
      ++(said_heard ? counts.hits : counts.misses);
    } else {
      ++(said_heard ? counts.false_alarms : counts.correct_rejections);
    }
  }

  Listener look_at(const Game& game) const {
    Listener listener;
    for (const Presentation& heard : game.presentations) {
      if (!counts(heard)) continue;
      if (!heard.is_vigilance) add(listener.counts, heard);
      if (!heard.is_vigilance || !heard.is_repeat) continue;
      ++listener.vigilance_repeats;
      if (heard.answer == Answer::heard) ++listener.vigilance_hits;
    }
    return listener;
  }

  WhyNot judge(const Game& game, const Listener& listener) {
    if (!game.is_finished) {
      ++incomplete_;
      return WhyNot::incomplete;
    }
    const bool is_judged = log_.has_vigilance && (log_.is_as_published || listener.vigilance_repeats > 0);
    if (is_judged && listener.vigilance().value_or(0.0) < filters_.min_vigilance) {
      ++inattentive_;
      return WhyNot::vigilance;
    }
    if (log_.has_vigilance && !is_judged) ++result_.unjudged;
    return WhyNot::used;
  }

  void use(const Game& game, const Listener&) {
    std::vector<RepeatAnswer>& answers = result_.games.emplace_back();
    for (const Presentation& heard : game.presentations) {
      if (heard.is_vigilance) {
        ++vigilance_rows_;
        continue;
      }
      ++presentations_;
      repeats_ += heard.is_repeat ? 1 : 0;
      if (heard.answer == Answer::none) {
        ++unanswered_;
      } else if (!counts(heard)) {
        ++first_called_;
      } else {
        add(result_.clips[heard.clip], heard);
        if (heard.is_repeat) {
          answers.push_back({heard.clip, heard.answer == Answer::heard});
          add(result_.lags[heard.lag], heard);
        }
      }
    }
  }

  void count_filters() {
    const std::size_t games = log_.games.size();
    result_.filters = {
        {"incomplete", "incomplete games", incomplete_, games},
        {"vigilance", fmt::format("games with vigilance below {}", filters_.min_vigilance), inattentive_,
         games - incomplete_},
        {"later_games", "later games of one participant", later_, games - incomplete_ - inattentive_},
        {"vigilance_rows", "presentations for vigilance, which count towards no clip", vigilance_rows_,
         vigilance_rows_ + presentations_},
        {"unanswered", "presentations without an answer that counts", unanswered_, presentations_}};
    if (filters_.first_new)
      result_.filters.push_back(
          {"first_not_new", "repeats whose first presentation was not called new", first_called_, repeats_});
    const auto heard = std::ranges::count_if(
        result_.clips, [](const AnswerCounts& clip) { return clip.repeats() + clip.firsts() > 0; });
    const auto without = std::ranges::count_if(
        result_.clips, [](const AnswerCounts& clip) { return clip.repeats() == 0 && clip.firsts() > 0; });
    result_.filters.push_back({"never_repeated", "clips without an answer to a repeat, which have no score",
                               static_cast<std::size_t>(without), static_cast<std::size_t>(heard)});
  }

  const data::GameLog& log_;
  ListenerFilters filters_;
  ListenerAnswers result_;
  std::size_t incomplete_ = 0;
  std::size_t inattentive_ = 0;
  std::size_t later_ = 0;
  std::size_t vigilance_rows_ = 0;
  std::size_t presentations_ = 0;  // that are not for vigilance
  std::size_t repeats_ = 0;        // of them
  std::size_t unanswered_ = 0;
  std::size_t first_called_ = 0;
};

}  // namespace

std::string to_string(WhyNot reason) {
  return reason == WhyNot::used ? "" : reason == WhyNot::incomplete ? "incomplete" : "vigilance";
}

std::optional<double> Listener::vigilance() const {
  if (vigilance_repeats == 0) return std::nullopt;
  return static_cast<double>(vigilance_hits) / static_cast<double>(vigilance_repeats);
}

ListenerAnswers answers_of_listeners(const data::GameLog& log, const ListenerFilters& filters) {
  return Scoring(log, filters).take();
}

}  // namespace musicmem::models
