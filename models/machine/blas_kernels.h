// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace musicmem::models {

// The kernels that OpenBLAS has chosen for this processor, such as "SkylakeX";
// empty where OpenBLAS is not in use.
std::string blas_kernels();

// OpenBLAS looks a processor up in a list when it is loaded; on one that is younger than the list it takes
// kernels of 2004, "Prescott", which are several times slower. This asks the library what it would take and
// sets the environment variable OPENBLAS_CORETYPE to kernels that fit the processor's instructions, for when
// LibTorch loads it, and says whether it did; what the user has set stays. For the beginning of main(), before there are other threads.
bool settle_blas_kernels();

}  // namespace musicmem::models
