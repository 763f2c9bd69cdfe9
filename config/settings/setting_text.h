// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/exact_text.h"
#include "config/settings/setting.h"

#include <concepts>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

// Settings in words: their values as YAML has them, and what they may be.
namespace musicmem::config {

// "[a, b]"
std::string list_text(const std::vector<std::string>& items);

// "a whole number from 2 to 100000"
std::string between_text(const std::string& what, double least, double most);
// "a number"; "a whole number"
std::string kind_text(double);
std::string kind_text(int);

template <class Number>
std::string text_of(const Between<Number>& range) {
  return between_text(kind_text(range.least), static_cast<double>(range.least),
                      static_cast<double>(range.most));
}
// "auto or a whole number from 1 to 4096"
template <class Number>
std::string text_of(const WordOr<Number>& domain) {
  return domain.word + (" or " + text_of(domain.range));
}
inline std::string text_of(const WordOr<std::uint64_t>& domain) {
  return std::string("a whole number or ") + domain.word;
}

// One value, by its type.
inline std::string value_text(const std::string& value, const auto&) {
  return value;
}
inline std::string value_text(bool value, const Anything&) {
  return value ? "true" : "false";
}
template <std::integral Number>
requires(!std::same_as<Number, bool>) std::string value_text(Number value, const auto&) {
  return std::to_string(value);
}
inline std::string value_text(double value, const auto&) {
  return exact_text(value);
}
template <HasWords Enum>
std::string value_text(Enum value, const Anything&) {
  return to_string(value);
}
template <Spelled T>
std::string value_text(const T& value, const Anything&) {
  return to_string(value);
}
template <class Number>
std::string value_text(const std::optional<Number>& value, const WordOr<Number>& domain) {
  return value ? value_text(*value, domain.range) : domain.word;
}

template <class T, class Domain>
std::vector<std::string> item_texts(const std::vector<T>& values, const Domain& domain) {
  std::vector<std::string> texts;
  for (const T& value : values) texts.push_back(value_text(value, domain));
  return texts;
}
template <class T, class Domain>
std::string value_text(const std::vector<T>& values, const Domain& domain) {
  return list_text(item_texts(values, domain));
}

}  // namespace musicmem::config
