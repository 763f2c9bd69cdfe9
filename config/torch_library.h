// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace musicmem {

// Loading LibTorch takes half a second and 130 MB, which most commands do without. What computes with it lies in
// a shared library beside the program, or in lib/musicmem of where it is installed; this opens that library,
// once. Throws Error where it is missing or a library that it needs is. See LateFunction.
void open_torch_library();

}  // namespace musicmem
