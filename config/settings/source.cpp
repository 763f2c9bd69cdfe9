// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/settings/source.h"

#include "config/error.h"
#include "config/settings/setting_text.h"

#include <charconv>
#include <string_view>

namespace musicmem::config {
namespace {

std::optional<double> parse_number(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  double value = 0.0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size() || !std::isfinite(value))
    return std::nullopt;
  return value;
}

}  // namespace

ScoreRange ScoreRange::parse(const std::string& text) {
  if (text == "any") return {true, 0.0, 1.0};
  const std::size_t comma = text.find(',');
  if (text.starts_with('[') && text.ends_with(']') && comma != std::string::npos) {
    const std::string_view all = text;
    const auto low = parse_number(all.substr(1, comma - 1));
    const auto high = parse_number(all.substr(comma + 1, all.size() - comma - 2));
    if (low && high && *low < *high) return {false, *low, *high};
    if (low && high) {
      throw Error("range " + text + " is " + (*low == *high ? "a single value" : "reversed"), "",
                  "give the lowest value first, such as [1, 7]");
    }
  }
  throw Error("'" + text + "' is no range", "", "give [lowest, highest], such as [1, 7], or any");
}

std::string to_string(const ScoreRange& range) {
  return range.any ? "any" : list_text({exact_text(range.low), exact_text(range.high)});
}

WeightColumn WeightColumn::parse(const std::string& text) {
  if (text.empty()) throw Error("the weights name no column", "", "give its name, such as n, or none");
  return {text == "none" ? "" : text};
}

std::string to_string(const WeightColumn& column) {
  return column.any() ? column.name : "none";
}

std::optional<Conflict> conflict(const Target& target) {
  for (const std::string& other : {target.column, std::string("track"), std::string("fold")}) {
    if (target.weights.name == other && target.weights.any())
      return Conflict{"weights", "the column '" + other + "' holds no weights", "name one such as n"};
  }
  if (target.column.empty()) return Conflict{"column", "the target names no column", "give its name"};
  for (const char* other : {"track", "fold"}) {
    if (target.column == other)
      return Conflict{"column", "the column '" + target.column + "' holds no target",
                      "name the one with the scores"};
  }
  return std::nullopt;
}

std::optional<Conflict> conflict(const Source& source) {
  if (source.synthetic && source.ytmm) {
    return Conflict{"ytmm", "a synthetic study does not have the scores of the YTMM listeners",
                    "leave out synthetic or ytmm"};
  }
  if (source.from_table() && !(source.labels.empty() && source.audio.empty())) {
    return Conflict{"table", "data.table replaces data.labels and data.audio", "keep one or the other"};
  }
  if (!source.from_table() && source.labels.empty()) {
    return Conflict{"labels", "the study names no data",
                    "set data.labels, and data.audio unless features come from files; or data.table"};
  }
  return std::nullopt;
}

}  // namespace musicmem::config
