// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace musicmem {

// Loading LibTorch takes half a second and 130 MB, which most commands do without. What computes with it lies in
// a shared library beside the program, or in lib/musicmem of where it is installed; this opens that library,
// once. Throws Error where it is missing, a library that it needs is, or it is of another version than the
// program. See LateFunction.
void open_torch_library();

// The library's function that returns its version.
inline constexpr const char* torch_library_version = "musicmem_torch_version";

}  // namespace musicmem
