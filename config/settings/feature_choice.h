// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

namespace musicmem::config {

// The feature sets that a model learns from, by their names: built-in ones or those of features.sets. The columns of
// several are joined. Empty of a model that looks at none where the study has none for it either.
struct FeatureChoice {
  std::vector<std::string> sets;

  bool operator==(const FeatureChoice&) const = default;
  bool is(const std::string& set) const { return sets.size() == 1 && sets.front() == set; }

  static constexpr const char* range = "a feature set, or a list of them to be joined";
  static constexpr const char* another = "classic";
  static FeatureChoice parse(const std::string& text);
};
std::string to_string(const FeatureChoice& choice);  // "ehc", "[ehc, mert]", "none"

}  // namespace musicmem::config
