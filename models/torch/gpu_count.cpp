// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/machine/gpus.h"

#include <ATen/Context.h>
#include <c10/core/impl/VirtualGuardImpl.h>

namespace musicmem::models {

int count_gpus() {
  return at::hasCUDA() ? static_cast<int>(c10::impl::VirtualGuardImpl(at::kCUDA).deviceCount()) : 0;
}

}  // namespace musicmem::models
