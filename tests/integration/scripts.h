// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/integration/program.h"

#include <string>

namespace musicmem::testing_support {

// Runs one of the Python scripts of this folder; they exit with `skipped` where their tool is not installed.
constexpr int skipped = 77;

inline Words script(const std::string& name, const Words& arguments) {
  Words words = {"python3", std::string(MUSICMEM_INTEGRATION_SCRIPTS) + "/" + name};
  words.insert(words.end(), arguments.begin(), arguments.end());
  return words;
}

}  // namespace musicmem::testing_support
