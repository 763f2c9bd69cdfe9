// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/integration/program.h"

#include <cstdlib>
#include <string>

namespace musicmem::testing_support {

// Runs one of the Python scripts of this folder with the system's Python, whose modules are Debian's; they
// exit with `skipped` where their tool is not installed.
constexpr int skipped = 77;

inline Words script(const std::string& name, const Words& arguments) {
  if (*MUSICMEM_TENSORBOARD_PYTHON != '\0') {
    ::setenv("MUSICMEM_TENSORBOARD_PYTHON", MUSICMEM_TENSORBOARD_PYTHON, /*overwrite=*/0);
  }
  Words words = {"/usr/bin/python3", std::string(MUSICMEM_INTEGRATION_SCRIPTS) + "/" + name};
  words.insert(words.end(), arguments.begin(), arguments.end());
  return words;
}

}  // namespace musicmem::testing_support
