// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/settings/setting_text.h"

#include <charconv>

#include <fmt/ranges.h>

namespace musicmem::config {
namespace {

// For messages: as people write it.
std::string short_text(double value) {
  char buffer[32];
  constexpr int digits = 12;
  return {buffer,
          std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::general, digits).ptr};
}

}  // namespace

std::string list_text(const std::vector<std::string>& items) {
  return fmt::format("[{}]", fmt::join(items, ", "));
}

std::string between_text(const std::string& what, double least, double most) {
  return what + " from " + short_text(least) + " to " + short_text(most);
}

std::string kind_text(double) {
  return "a number";
}
std::string kind_text(int) {
  return "a whole number";
}

}  // namespace musicmem::config
