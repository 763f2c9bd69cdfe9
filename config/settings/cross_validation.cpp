// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/settings/cross_validation.h"

#include "config/error.h"
#include "config/settings/setting_text.h"

#include <charconv>
#include <set>

namespace musicmem::config {

Folds Folds::parse(const std::string& text) {
  constexpr Between<int> numbers{2, 100000};
  if (text == "groups") return {By::groups};
  if (text == "given") return {By::given};
  Folds folds;
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, folds.number);
  if (read.ec == std::errc() && read.ptr == end && folds.number >= numbers.least &&
      folds.number <= numbers.most)
    return folds;
  throw Error("'folds' must be " + text_of(numbers) + ", groups or given, not '" + text + "'");
}

std::string to_string(const Folds& folds) {
  switch (folds.by) {
    case Folds::By::groups:
      return "groups";
    case Folds::By::given:
      return "given";
    case Folds::By::number:
      break;
  }
  return std::to_string(folds.number);
}

Groups Groups::parse(const std::string& text) {
  if (text.empty()) throw Error("'groups' names no column", "", "use on, ignore or the name of a column");
  if (text == "on" || text == "true") return {};
  if (text == "ignore" || text == "false") return {true};
  return {false, text, true};
}

std::string to_string(const Groups& groups) {
  if (groups.ignored) return "ignore";
  return groups.demanded ? groups.column : "on";
}

std::optional<Conflict> conflict(const CrossValidation& cv) {
  if (cv.seeds.empty()) return Conflict{"seeds", "no seed is given", "give at least one, such as [1111]"};
  if (std::set<std::uint64_t>(cv.seeds.begin(), cv.seeds.end()).size() != cv.seeds.size()) {
    return Conflict{"seeds", "a seed is given twice", "keep one of them"};
  }
  if (cv.protocol == Protocol::audmem && (cv.shuffle || cv.stratify)) {
    return Conflict{"protocol", "the audmem protocol cuts folds in the order of the rows",
                    "set shuffle: none and leave out stratify"};
  }
  if (cv.repeats > 1 && (cv.folds.by != Folds::By::number || cv.protocol == Protocol::audmem)) {
    return Conflict{"repeats",
                    "there is but one partition of folds: " +
                        (cv.protocol == Protocol::audmem ? "the published one" : to_string(cv.folds)),
                    "leave out repeats, or give the number of folds"};
  }
  if (cv.stratify && cv.folds.by != Folds::By::number) {
    return Conflict{"stratify", "folds: " + to_string(cv.folds) + " leaves nothing to stratify",
                    "leave out stratify, or give the number of folds"};
  }
  if (cv.protocol == Protocol::audmem && cv.folds.by != Folds::By::number) {
    return Conflict{"folds", "the audmem protocol cuts folds in the order of the rows",
                    "give their number, or set protocol: strict"};
  }
  return std::nullopt;
}

}  // namespace musicmem::config
