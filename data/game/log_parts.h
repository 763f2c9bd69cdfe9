// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "data/game/game_log.h"
#include "data/game/record_stream.h"

#include <functional>
#include <optional>
#include <string_view>
#include <unordered_map>

// What the layouts of a log share.
namespace musicmem::data {

GameLog read_long_log(const std::filesystem::path& file, const ColumnNames& names);
GameLog read_audmem_log(const std::filesystem::path& file, const ColumnNames& names);

// Numbers of texts by first appearance.
class Numbers {
 public:
  std::uint32_t of(std::string_view text);
  std::size_t size() const { return known_.size(); }

 private:
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  std::unordered_map<std::string, std::uint32_t, Hash, std::equal_to<>> known_;
};

// Where a layout's columns stand in a log.
class LogColumns {
 public:
  // Throws Error for a mapping of a column that the layout does not have, and for a missing column, with the nearest of
  // the header's names.
  LogColumns(const RecordStream& log, const std::filesystem::path& file, LogLayout layout,
             const ColumnNames& names);

  std::size_t at(const std::string& column) const { return places_.at(column); }
  std::optional<std::size_t> find(const std::string& column) const;

 private:
  std::map<std::string, std::size_t> places_;
};

// The field without blanks; empty for what programs write where there is nothing: n/a, NaN, null, none.
std::string_view value_of(std::string_view field);

std::optional<bool> as_flag(std::string_view value);  // 0, 1, 0.0, 1.0, true, false in any capitals

template <class Number>
std::optional<Number> as_number(std::string_view value);

// Throws Error where the name of a clip is none that may be written.
void require_clip_name(std::string_view name, const RecordStream& log);

}  // namespace musicmem::data
