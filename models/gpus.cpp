// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/gpus.h"

#include <cstdlib>

#include <ATen/Context.h>
#include <c10/core/impl/VirtualGuardImpl.h>

namespace musicmem::models {

int gpus_of_node() {
  return at::hasCUDA() ? static_cast<int>(c10::impl::VirtualGuardImpl(at::kCUDA).deviceCount()) : 0;
}

void make_gpus_repeatable() {
  setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", /*overwrite=*/0);
}

}  // namespace musicmem::models
