// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "launcher/run_directory.h"

#include <string>
#include <utility>
#include <vector>

namespace musicmem::launcher {

// What `musicmem explain` left in a run for one model.
struct Explanation {
  std::string model;
  std::vector<std::pair<std::string, std::string>> pictures;  // name without ending, SVG
};

// Of every explained model, by name; pictures by name.
std::vector<Explanation> read_explanations(const RunDirectory& run);

}  // namespace musicmem::launcher
