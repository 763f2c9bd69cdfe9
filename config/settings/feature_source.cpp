// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/settings/feature_source.h"

#include "config/error.h"
#include "config/settings/setting_text.h"

#include <algorithm>
#include <charconv>
#include <string_view>

#include <fmt/format.h>

namespace musicmem::config {
namespace {

int index_of(std::string_view text, const std::string& whole) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  int index = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), index);
  if (read.ec == std::errc() && read.ptr == text.data() + text.size()) return index;
  throw Error("'" + whole + "' is no choice of layers", "", "give an index, a list such as [3, -1], or mean");
}

template <HasWords Enum>
Enum value_of_word(const std::string& text) {
  for (const auto& word : words(Enum{})) {
    if (word.text == text) return word.value;
  }
  throw Error("'" + text + "' is no word of how a feature set is read");
}

}  // namespace

LayerChoice LayerChoice::parse(const std::string& text) {
  if (text == "none") return {};
  if (text == "mean") return {true, {}};
  LayerChoice choice;
  std::string_view list = text;
  if (list.starts_with('[') && list.ends_with(']')) list = list.substr(1, list.size() - 2);
  for (;;) {
    const std::size_t comma = list.find(',');
    const int index = index_of(list.substr(0, comma), text);
    if (std::ranges::find(choice.indices, index) != choice.indices.end())
      throw Error("layer " + std::to_string(index) + " is chosen twice", "", "take it once");
    choice.indices.push_back(index);
    if (comma == std::string_view::npos) return choice;
    list.remove_prefix(comma + 1);
  }
}

std::string to_string(const LayerChoice& layers) {
  if (layers.mean) return "mean";
  if (layers.indices.empty()) return "none";
  std::vector<std::string> texts;
  for (const int index : layers.indices) texts.push_back(std::to_string(index));
  return texts.size() == 1 ? texts[0] : list_text(texts);
}

std::string reading_text(const FeatureSource& set) {
  return fmt::format("layer: {}, pool: {}, per: {}{}", to_string(set.reading.layer),
                     to_string(set.reading.pool), to_string(set.reading.per),
                     set.array.empty() ? "" : ", array: " + set.array);
}

FeatureSource reading_of_text(const std::string& text) {
  FeatureSource set;
  const auto value = [&](const std::string& key, const std::string& next) -> std::string {
    const std::size_t at = text.find(key + ": ");
    if (at == std::string::npos) return "";
    const std::size_t begin = at + key.size() + 2;
    return text.substr(begin, next.empty() ? next.npos : text.find(", " + next + ": ", begin) - begin);
  };
  set.reading.layer = LayerChoice::parse(value("layer", "pool"));
  set.reading.pool = value_of_word<TimePool>(value("pool", "per"));
  set.reading.per = value_of_word<RowsPer>(value("per", "array"));
  set.array = value("array", "");
  return set;
}

}  // namespace musicmem::config
