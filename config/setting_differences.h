// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

namespace musicmem::config {

// One setting that two experiments give differently: by its path, as in an override, with models by their
// labels ("models.svr.C"), and what either gives; empty where it has no such setting. A model that only one
// of them has is one difference, "models.svr", with the value "given".
struct SettingDifference {
  std::string path;
  std::string a;
  std::string b;

  bool operator==(const SettingDifference&) const = default;
};

// All of them, in the order of `a` and then of what `b` alone has. Both are YAML as to_yaml writes it, or
// empty where that is not known: then nothing can be said. Throws Error where one is not YAML.
std::vector<SettingDifference> setting_differences(const std::string& a, const std::string& b);

}  // namespace musicmem::config
