// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/settings/feature_source.h"

#include "config/error.h"
#include "config/settings/setting_text.h"

#include <charconv>
#include <string_view>

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

}  // namespace

LayerChoice LayerChoice::parse(const std::string& text) {
  if (text == "none") return {};
  if (text == "mean") return {true, {}};
  LayerChoice choice;
  std::string_view list = text;
  if (list.starts_with('[') && list.ends_with(']')) list = list.substr(1, list.size() - 2);
  for (;;) {
    const std::size_t comma = list.find(',');
    choice.indices.push_back(index_of(list.substr(0, comma), text));
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

}  // namespace musicmem::config
