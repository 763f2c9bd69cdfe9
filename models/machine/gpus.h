// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/late_function.h"

namespace musicmem::models {

// GPUs that LibTorch can use on this node; 0 for a build without CUDA, which does not ask LibTorch.
int gpus_of_node();

// What LibTorch says.
int count_gpus();
inline constinit LateFunction<decltype(count_gpus)> count_gpus_late;

// Lets cuBLAS give the same bits every time, which it takes from the environment: to be called before there
// are other threads. What the user has set stays.
void make_gpus_repeatable();

}  // namespace musicmem::models
