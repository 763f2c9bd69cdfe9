// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>

#include <nlohmann/json.hpp>

// An empty optional is null in JSON.
template <class T>
struct nlohmann::adl_serializer<std::optional<T>> {
  static void to_json(json& content, const std::optional<T>& value) {
    content = value ? json(*value) : json(nullptr);
  }
  static void from_json(const json& content, std::optional<T>& value) {
    value = content.is_null() ? std::nullopt : std::optional(content.get<T>());
  }
};
