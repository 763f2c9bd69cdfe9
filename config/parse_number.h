// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <charconv>
#include <cmath>
#include <optional>
#include <string>
#include <system_error>
#include <type_traits>

namespace musicmem::config {

// The number that a text is, all of it; empty for any other text, and for what is not finite.
template <typename T>
std::optional<T> parse_number(const std::string& text) {
  T value{};
  const char* end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, value);
  if (result.ec != std::errc() || result.ptr != end) return std::nullopt;
  if constexpr (std::is_floating_point_v<T>) {
    if (!std::isfinite(value)) return std::nullopt;
  }
  return value;
}

template <typename T>
std::optional<T> parse_between(const std::string& text, T least, T most) {
  const auto value = parse_number<T>(text);
  if (!value || *value < least || *value > most) return std::nullopt;
  return value;
}

}  // namespace musicmem::config
