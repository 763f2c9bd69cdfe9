// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>

namespace musicmem::data::hdf5 {

// `path`, once a child process has read all objects and attributes of the file there, large datasets in part:
// the library crashes on some damaged files, where a Reader is to throw. For files that carry no checksum of
// this program. Throws Error where the child dies of the file. What the library merely refuses, and
// what is no HDF5, is left to the Reader.
const std::filesystem::path& harmless(const std::filesystem::path& path);

}  // namespace musicmem::data::hdf5
