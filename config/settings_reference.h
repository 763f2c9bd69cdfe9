// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/settings/setting.h"

#include <string>
#include <vector>

namespace musicmem::config {

// A setting as people look it up.
struct SettingEntry {
  std::string path;       // as an override names it; an entry of `models` by its kind, or LABEL for any kind
  std::string condition;  // under which it is known, or changes anything; empty for always
  std::string meaning;
  std::string range;
  std::string initial;  // its default; empty for none
  Effect effect = Effect::nothing;
};

// All of them, in the order of a file with every default written out.
const std::vector<SettingEntry>& all_settings();

// Those that `key` names: a path, the path of a mapping, or the last parts of a path ("folds", "svr.C").
// Throws an Error of kind usage with the nearest name where there is none.
std::vector<SettingEntry> find_settings(const std::string& key);

// Whether and how results follow from it, in a few words.
std::string effect_text(Effect effect);

// docs/settings.md
std::string settings_markdown();

}  // namespace musicmem::config
