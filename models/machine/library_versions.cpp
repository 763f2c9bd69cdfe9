// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/machine/library_versions.h"

#include <torch/version.h>

namespace musicmem::models {

std::map<std::string, std::string> library_versions() {
  return {{"libtorch", TORCH_VERSION}};
}

}  // namespace musicmem::models
