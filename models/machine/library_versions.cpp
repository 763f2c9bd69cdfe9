// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/machine/library_versions.h"

#include <svm.h>
#include <torch/version.h>

namespace musicmem::models {

std::map<std::string, std::string> library_versions() {
  return {{"libsvm", std::to_string(libsvm_version)}, {"libtorch", TORCH_VERSION}};
}

}  // namespace musicmem::models
