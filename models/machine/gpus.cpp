// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/machine/gpus.h"

#include <cstdlib>

namespace musicmem::models {

int gpus_of_node() {
#ifdef MUSICMEM_CUDA
  return count_gpus_late();
#else
  return 0;
#endif
}

void make_gpus_repeatable() {
  setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", /*overwrite=*/0);
}

}  // namespace musicmem::models
