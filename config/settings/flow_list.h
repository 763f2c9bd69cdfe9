// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace musicmem::config {

// The items of "[a, b]", or of "a, b", without blanks around them; none of an empty list.
inline std::vector<std::string> flow_items(std::string_view text) {
  const auto trimmed = [](std::string_view part) {
    while (part.starts_with(' ')) part.remove_prefix(1);
    while (part.ends_with(' ')) part.remove_suffix(1);
    return part;
  };
  std::string_view list = trimmed(text);
  if (list.starts_with('[') && list.ends_with(']')) list = list.substr(1, list.size() - 2);
  std::vector<std::string> items;
  if (trimmed(list).empty()) return items;
  for (;;) {
    const std::size_t comma = list.find(',');
    items.emplace_back(trimmed(list.substr(0, comma)));
    if (comma == std::string_view::npos) return items;
    list.remove_prefix(comma + 1);
  }
}

}  // namespace musicmem::config
