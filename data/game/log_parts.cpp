// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/game/log_parts.h"

#include "config/error.h"
#include "config/nearest.h"
#include "data/files/csv_parser.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

#include <fmt/ranges.h>

namespace musicmem::data {
namespace {

bool is_same_word(std::string_view a, std::string_view lower) {
  return std::ranges::equal(a, lower, {}, [](unsigned char c) { return std::tolower(c); });
}

// What may be shown of a header: a log without one begins with what somebody said or was called.
std::vector<std::string> names_to_show(const RecordStream& log) {
  const bool is_header = std::ranges::none_of(
      log.header(), [](const std::string& name) { return holds_address(name) || as_number<double>(name); });
  return is_header ? log.header() : std::vector<std::string>();
}

[[noreturn]] void refuse_missing(const RecordStream& log, const std::filesystem::path& file,
                                 const std::string& column, const std::string& name) {
  const std::vector<std::string> names = names_to_show(log);
  if (names.empty()) throw Error("has no header", file.string(), "name its columns in the first line");
  const std::string nearest = config::nearest_word(name, names);
  throw Error("has no column '" + name + "'", file.string(),
              nearest.empty()
                  ? fmt::format("it has {}; name one with --columns {}=NAME", fmt::join(names, ", "), column)
                  : "did you mean '" + nearest + "'? Say --columns " + column + "=" + nearest);
}

}  // namespace

const LayoutColumns& columns_of(LogLayout layout) {
  static const LayoutColumns long_rows = {{"participant", "clip", "position", "response", "is_repeat"},
                                          {"is_vigilance", "rt", "game", "time", "finished"}};
  static const LayoutColumns audmem = {{"userEmail", "audioOrder", "userResponse", "experimentFinished"},
                                       {"startTime", "slotOrder", "vigilance"}};
  return layout == LogLayout::audmem ? audmem : long_rows;
}

std::uint32_t Numbers::of(std::string_view text) {
  const auto found = known_.find(text);
  if (found != known_.end()) return found->second;
  const auto number = static_cast<std::uint32_t>(known_.size());
  known_.emplace(text, number);
  return number;
}

LogColumns::LogColumns(const RecordStream& log, const std::filesystem::path& file, LogLayout layout,
                       const ColumnNames& names) {
  const LayoutColumns& columns = columns_of(layout);
  std::vector<std::string> all = columns.required;
  all.insert(all.end(), columns.optional.begin(), columns.optional.end());
  for (const auto& [column, name] : names) {
    if (std::ranges::find(all, column) == all.end())
      throw usage_error("the layout has no column '" + column + "'", "--columns",
                        config::suggestion(column, all));
  }
  for (const std::string& column : all) {
    const auto given = names.find(column);
    const std::string& name = given == names.end() ? column : given->second;
    const auto found = std::ranges::find_if(
        log.header(), [&](const std::string& known) { return is_same_column(known, name); });
    const bool is_needed =
        given != names.end() || std::ranges::find(columns.required, column) != columns.required.end();
    const auto count = std::ranges::count_if(
        log.header(), [&](const std::string& known) { return is_same_column(known, name); });
    if (count > 1)
      throw Error("has two columns '" + name + "'", file.string(), "keep one of them, or rename the other");
    if (found != log.header().end()) {
      places_[column] = static_cast<std::size_t>(found - log.header().begin());
    } else if (is_needed) {
      refuse_missing(log, file, column, name);
    }
  }
}

std::optional<std::size_t> LogColumns::find(const std::string& column) const {
  const auto found = places_.find(column);
  return found == places_.end() ? std::nullopt : std::optional(found->second);
}

std::string_view value_of(std::string_view field) {
  const std::string_view value = trimmed(field);
  for (const std::string_view nothing : {"n/a", "na", "nan", "null", "none"}) {
    if (value.size() == nothing.size() && is_same_word(value, nothing)) return {};
  }
  return value;
}

std::optional<bool> as_flag(std::string_view value) {
  if (value == "0" || value == "0.0" || is_same_word(value, "false")) return false;
  if (value == "1" || value == "1.0" || is_same_word(value, "true")) return true;
  return std::nullopt;
}

template <class Number>
std::optional<Number> as_number(std::string_view value) {
  Number number{};
  const auto read = std::from_chars(value.data(), value.data() + value.size(), number);
  if (value.empty() || read.ec != std::errc() || read.ptr != value.data() + value.size()) return std::nullopt;
  return number;
}
template std::optional<double> as_number(std::string_view);
template std::optional<std::int64_t> as_number(std::string_view);

bool holds_address(std::string_view text) {
  const auto is_local = [](unsigned char c) {
    return std::isalnum(c) != 0 || c >= 0x80 ||
           std::string_view("._%+-").find(static_cast<char>(c)) != std::string_view::npos;
  };
  for (std::size_t at = text.find('@'); at != std::string_view::npos; at = text.find('@', at + 1)) {
    if (at == 0 || !is_local(static_cast<unsigned char>(text[at - 1]))) continue;
    std::string_view domain = text.substr(at + 1);
    const auto end = std::ranges::find_if_not(domain, is_local);
    domain = domain.substr(0, static_cast<std::size_t>(end - domain.begin()));
    const std::size_t dot = domain.find('.');
    if (dot != std::string_view::npos && dot > 0 && dot + 2 < domain.size()) return true;
  }
  return false;
}

void require_clip_name(std::string_view name, const RecordStream& log) {
  if (name.empty()) throw Error("names no clip", log.place(), "give every row the file name of its clip");
  if (holds_address(name))
    throw Error("the clip's name holds an e-mail address, which is never written anywhere", log.place(),
                "name the column of the clips with --columns clip=NAME, or rename the clip");
}

GameLog read_game_log(const std::filesystem::path& file, LogLayout layout, const ColumnNames& names) {
  return layout == LogLayout::audmem ? read_audmem_log(file, names) : read_long_log(file, names);
}

}  // namespace musicmem::data
