// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <istream>
#include <string>

// Reading parts of files. That the system fails is told from the file's end: a failed read is no damage.
namespace musicmem::data {

// To be called after a read from `file`: throws IoError where the system failed, and not where the file
// ended.
void require_no_failure(const std::istream& file, const std::filesystem::path& path);

// A stream of the file's bytes. Throws what fail_of_system does where it cannot be opened: whoever asks what a file is
// gets no answer that a healthy system would not give.
std::ifstream open_to_read(const std::filesystem::path& path);

// The first `count` bytes, or all of a shorter file. Throws what fail_of_system does.
std::string file_start(const std::filesystem::path& path, std::size_t count);

// Whether it begins as HDF5 files do; false of what is no file.
bool is_hdf5(const std::filesystem::path& path);

}  // namespace musicmem::data
