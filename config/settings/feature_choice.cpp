// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/settings/feature_choice.h"

#include "config/settings/flow_list.h"

#include <fmt/ranges.h>

namespace musicmem::config {

FeatureChoice FeatureChoice::parse(const std::string& text) {
  if (text == "none") return {};
  return {flow_items(text)};
}

std::string to_string(const FeatureChoice& choice) {
  if (choice.sets.empty()) return "none";
  return choice.sets.size() == 1 ? choice.sets.front() : fmt::format("[{}]", fmt::join(choice.sets, ", "));
}

}  // namespace musicmem::config
