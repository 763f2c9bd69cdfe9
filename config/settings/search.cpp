// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/settings/search.h"

#include "config/error.h"
#include "config/exact_text.h"
#include "config/nearest.h"
#include "config/parse_number.h"

#include <algorithm>

#include <fmt/ranges.h>
#include <yaml-cpp/yaml.h>

namespace musicmem::config {
namespace {

std::string text_of(const YAML::Node& node) {
  YAML::Emitter emitter;
  emitter << YAML::Flow << node;
  return emitter.c_str();
}

std::string scalar(const std::string& key, const YAML::Node& node) {
  if (node.IsScalar()) return node.Scalar();
  throw Error("'" + key + "' of search must be a number or a word, not " + text_of(node));
}

int whole_number(const std::string& key, const YAML::Node& node, int least, int most) {
  const std::string text = scalar(key, node);
  if (const auto number = parse_between(text, least, most)) return *number;
  throw Error(
      fmt::format("'{}' of search must be a whole number from {} to {}, not '{}'", key, least, most, text));
}

SearchedSetting list_of(const std::string& key, const YAML::Node& node) {
  SearchedSetting setting;
  setting.key = key;
  for (const YAML::Node& item : node) setting.values.push_back(scalar(key, item));
  if (setting.values.empty())
    throw Error("the list of '" + key + "' in search is empty", "", "give its values, or leave it out");
  for (auto value = setting.values.begin(); value != setting.values.end(); ++value) {
    if (std::find(setting.values.begin(), value, *value) != value)
      throw Error("'" + *value + "' is given twice for '" + key + "' in search", "", "keep one of them");
  }
  return setting;
}

SearchedSetting range_of(const std::string& key, const YAML::Node& node) {
  const std::string how = node.size() == 1 ? node.begin()->first.Scalar() : "";
  const auto spacing = from_word<Spacing>(how);
  const std::string form = "give {log: [a, b]} or {linear: [a, b]}, or a list of values";
  if (!spacing) throw Error("'" + key + "' of search is " + text_of(node), "", form);
  const YAML::Node ends = node.begin()->second;
  if (!ends.IsSequence() || ends.size() != 2)
    throw Error("the range of '" + key + "' in search is " + text_of(ends), "", form);
  const auto low = parse_number<double>(scalar(key, ends[0]));
  const auto high = parse_number<double>(scalar(key, ends[1]));
  if (!low || !high)
    throw Error("the range of '" + key + "' in search is " + text_of(ends), "", "give two numbers");
  if (*low >= *high)
    throw Error("the range of '" + key + "' in search is " + text_of(ends), "",
                "give the smaller number first");
  if (*spacing == Spacing::log && *low <= 0.0)
    throw Error("the range of '" + key + "' in search begins at " + exact_text(*low), "",
                "on a log scale it must begin above 0");
  return {key, {}, *spacing, *low, *high};
}

void read_entry(Search& search, const std::string& key, const YAML::Node& node) {
  constexpr int most = 100000;
  if (key == "draws") {
    search.draws = whole_number(key, node, 1, most);
  } else if (key == "inner_folds") {
    search.inner_folds = whole_number(key, node, 2, most);
  } else if (key == "metric") {
    const std::string text = scalar(key, node);
    const auto known = from_word<SearchMetric>(text);
    if (!known)
      throw Error("'" + text + "' is not a metric of search", "",
                  suggestion(text, word_texts<SearchMetric>()));
    search.metric = *known;
  } else if (node.IsMap()) {
    search.settings.push_back(range_of(key, node));
  } else if (node.IsSequence()) {
    search.settings.push_back(list_of(key, node));
  } else {
    throw Error("'" + key + "' of search is " + text_of(node), "",
                "give a list of values, or {log: [a, b]} or {linear: [a, b]}");
  }
}

void check(const Search& search) {
  const bool has_range = std::ranges::any_of(search.settings, &SearchedSetting::is_range);
  if (!search.any())
    throw Error("search names no setting", "", "name one and its values, such as {C: [0.1, 1, 10]}");
  if (has_range && search.draws == 0)
    throw Error("search has a range but not how many candidates are drawn", "", "add draws: 16");
  if (!has_range && search.draws > 0)
    throw Error("search has draws but no range to draw from", "",
                "leave draws out to try every combination, or give {log: [a, b]} or {linear: [a, b]}");
}

std::string text_of(const SearchedSetting& setting) {
  if (!setting.is_range()) return fmt::format("{}: [{}]", setting.key, fmt::join(setting.values, ", "));
  return fmt::format("{}: {{{}: [{}, {}]}}", setting.key, to_string(setting.spacing), exact_text(setting.low),
                     exact_text(setting.high));
}

}  // namespace

Search Search::parse(const std::string& text) {
  if (text == "none") return {};
  YAML::Node node;
  try {
    node = YAML::Load(text);
  } catch (const YAML::Exception&) {
    throw Error("'" + text + "' is no search", "", "give a mapping such as {C: [0.1, 1, 10]}");
  }
  if (!node.IsMap())
    throw Error("'" + text + "' is no search", "", "give a mapping such as {C: [0.1, 1, 10]}");
  Search search;
  for (const auto& entry : node) read_entry(search, entry.first.Scalar(), entry.second);
  check(search);
  return search;
}

std::string to_string(const Search& search) {
  if (!search.any()) return "none";
  std::vector<std::string> parts;
  for (const SearchedSetting& setting : search.settings) parts.push_back(text_of(setting));
  if (search.draws > 0) parts.push_back("draws: " + std::to_string(search.draws));
  parts.push_back("inner_folds: " + std::to_string(search.inner_folds));
  parts.push_back("metric: " + to_string(search.metric));
  return fmt::format("{{{}}}", fmt::join(parts, ", "));
}

}  // namespace musicmem::config
