// SPDX-License-Identifier: GPL-3.0-or-later
// Bytes as logs of the listening game in both layouts: a log is refused, or its games keep their contract and can be
// scored. What is said of a log that is refused never holds an e-mail address.
#include "config/error.h"
#include "data/game/game_log.h"
#include "models/listeners/split_half.h"
#include "tests/fuzz/input_file.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>

namespace musicmem::models {
namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

std::optional<data::GameLog> read(const std::filesystem::path& path, data::LogLayout layout) {
  try {
    return data::read_game_log(path, layout);
  } catch (const Error& error) {
    check(!data::holds_address(error.what()));
    return std::nullopt;
  }
}

void look_at(const std::filesystem::path& path, data::LogLayout layout) {
  const auto log = read(path, layout);
  if (!log) return;
  for (const std::string& clip : log->clips) check(!data::holds_address(clip));
  for (const data::Game& game : log->games) {
    check(game.participant < log->participants);
    for (const data::Presentation& heard : game.presentations) {
      check(heard.clip < log->clips.size());
      check(heard.is_repeat == (heard.lag > 0));
    }
  }
  const ListenerAnswers answers = answers_of_listeners(*log, {});
  for (const AnswerCounts& counts : answers.clips) {
    if (const auto interval = wilson_interval(counts.hits, counts.repeats()))
      check(interval->low >= 0.0 && interval->high <= 1.0 && interval->holds(*counts.hit_rate()));
  }
  split_half(answers, 3, 1);
}

}  // namespace
}  // namespace musicmem::models

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const musicmem::testing_support::InputFile file;
  file.put(data, size);
  musicmem::models::look_at(file.path(), musicmem::data::LogLayout::long_rows);
  musicmem::models::look_at(file.path(), musicmem::data::LogLayout::audmem);
  return 0;
}
