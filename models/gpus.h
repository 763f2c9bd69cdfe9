// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace musicmem::models {

// GPUs that LibTorch can use on this node; 0 for a build without CUDA.
int gpus_of_node();

}  // namespace musicmem::models
