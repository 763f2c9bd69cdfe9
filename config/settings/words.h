// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace musicmem::config {

// A value of an enumeration and the word that stands for it in YAML, in files and in reports.
template <class Enum>
struct Word {
  std::string_view text;
  Enum value;
};

// Every enumeration of a setting has a function `words(Enum)` beside it, which gives all of them.
template <class Enum, std::size_t n>
using Words = std::array<Word<Enum>, n>;

template <class Enum>
concept HasWords = std::is_enum_v<Enum> && requires(Enum value) {
  words(value);
};

template <HasWords Enum>
std::string to_string(Enum value) {
  for (const auto& word : words(value)) {
    if (word.value == value) return std::string(word.text);
  }
  return "";
}

template <HasWords Enum>
std::optional<Enum> from_word(std::string_view text) {
  for (const auto& word : words(Enum{})) {
    if (word.text == text) return word.value;
  }
  return std::nullopt;
}

// A value that is neither a word nor a number alone, and is spelled as a text of YAML's flow style: parse() throws
// Error, `range` says what it may be, `another` is a value other than the default.
template <class T>
concept Spelled = std::equality_comparable<T> && requires(const std::string& text, const T& value) {
  { T::parse(text) } -> std::same_as<T>;
  { T::range } -> std::convertible_to<std::string>;
  { T::another } -> std::convertible_to<std::string>;
  { to_string(value) } -> std::same_as<std::string>;
};

// All of them, for lists and suggestions.
template <HasWords Enum>
std::vector<std::string> word_texts() {
  std::vector<std::string> texts;
  for (const auto& word : words(Enum{})) texts.emplace_back(word.text);
  return texts;
}

}  // namespace musicmem::config
