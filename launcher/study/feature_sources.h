// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "features/sources/array_files.h"
#include "launcher/study/study.h"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

// The feature sets of a study that were made elsewhere.
namespace musicmem::launcher {

// Those of features.sets that a model learns from, by name.
std::vector<std::string> sets_from_files(const config::Experiment& experiment);

// One of them for the study's tracks, with the pitch variants that its models want. Throws Error where tracks are
// missing, or variants that a model wants.
features::ArraySet open_set(const Study& study, const std::string& set);

using SetChecksums = std::map<std::filesystem::path, std::string>;  // of files

// What tells the set's content from another. `checksums`: of every file that it is read from.
SetContent content_of_set(const Study& study, const std::string& set, const SetChecksums& checksums);

}  // namespace musicmem::launcher
