// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace musicmem::models {

// The kernels that OpenBLAS has chosen for this processor, such as "SkylakeX"; empty where OpenBLAS is not in
// use.
std::string blas_kernels();

// OpenBLAS looks a processor up in a list when it is loaded; on one that is younger than the list it takes
// kernels of 2004, "Prescott", which are several times slower. This starts the program anew with kernels that
// fit the processor's instructions; the environment variable OPENBLAS_CORETYPE, which does it, goes before.
// Returns where there is nothing to do. For the beginning of main(), before anything else has begun;
// `arguments` is argv.
void restart_with_fitting_blas(char** arguments);

}  // namespace musicmem::models
