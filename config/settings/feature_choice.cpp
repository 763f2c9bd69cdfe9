// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/settings/feature_choice.h"

#include <string_view>

#include <fmt/ranges.h>

namespace musicmem::config {
namespace {

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

}  // namespace

FeatureChoice FeatureChoice::parse(const std::string& text) {
  if (text == "none") return {};
  std::string_view list = text;
  if (list.starts_with('[') && list.ends_with(']')) list = list.substr(1, list.size() - 2);
  FeatureChoice choice;
  if (trimmed(list).empty()) return choice;
  for (;;) {
    const std::size_t comma = list.find(',');
    choice.sets.emplace_back(trimmed(list.substr(0, comma)));
    if (comma == std::string_view::npos) return choice;
    list.remove_prefix(comma + 1);
  }
}

std::string to_string(const FeatureChoice& choice) {
  if (choice.sets.empty()) return "none";
  return choice.sets.size() == 1 ? choice.sets.front() : fmt::format("[{}]", fmt::join(choice.sets, ", "));
}

}  // namespace musicmem::config
