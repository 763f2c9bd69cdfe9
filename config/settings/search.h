// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/settings/words.h"

#include <string>
#include <vector>

namespace musicmem::config {

// What candidates are chosen by.
enum class SearchMetric { mse, mae, spearman, pearson };

constexpr Words<SearchMetric, 4> words(SearchMetric) {
  return {{{"mse", SearchMetric::mse},
           {"mae", SearchMetric::mae},
           {"spearman", SearchMetric::spearman},
           {"pearson", SearchMetric::pearson}}};
}

enum class Spacing { linear, log };

constexpr Words<Spacing, 2> words(Spacing) {
  return {{{"linear", Spacing::linear}, {"log", Spacing::log}}};
}

// One setting of a model that is searched: over a list of values, as they are typed, or between two numbers.
struct SearchedSetting {
  std::string key;
  std::vector<std::string> values;  // empty for numbers that are drawn
  Spacing spacing = Spacing::linear;
  double low = 0.0;
  double high = 0.0;

  bool is_range() const { return values.empty(); }
  bool operator==(const SearchedSetting&) const = default;
};

// How a model's settings are chosen for each fit, by cross-validation within its training tracks.
struct Search {
  std::vector<SearchedSetting> settings;  // as written; empty: nothing is searched
  int draws = 0;                          // of candidates; 0: every combination of the lists
  int inner_folds = 5;
  SearchMetric metric = SearchMetric::mse;

  bool any() const { return !settings.empty(); }
  bool operator==(const Search&) const = default;

  static constexpr const char* range =
      "none | {SETTING: [VALUES] or {log: [a, b]} or {linear: [a, b]}, draws: N, inner_folds: K, metric: mse | mae | "
      "spearman | pearson}";
  static constexpr const char* another = "{pca: [none, 0.9]}";
  // Of YAML's flow style. Whether a model has the settings is not looked at. Throws Error.
  static Search parse(const std::string& text);
};
std::string to_string(const Search& search);

}  // namespace musicmem::config
