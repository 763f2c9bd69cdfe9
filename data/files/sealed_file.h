// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

// An HDF5 file with a few lines of text behind it: what the file is, the hash of the work that made it, and
// one checksum over all that comes before. HDF5 readers look no further than the end that the file itself
// names; `tail -n 3 FILE` shows the seal.
namespace musicmem::data {

// Appends the seal to the bytes of a whole HDF5 file.
void seal_image(std::string& image, std::string_view kind, std::string_view work_hash);

// The same for a file on disk, which is read once, in blocks.
void seal_file(const std::filesystem::path& path, std::string_view kind, std::string_view work_hash);

// Whoever checks a seal hears of a file that is missing or damaged; where the system cannot read one, IoError
// is thrown, as it may be whole.
enum class SealState { missing, damaged, stale, good };

// What lies at `path`: good only if it is of this kind, was made by the work of this hash, and is undamaged.
SealState check_seal(const std::filesystem::path& path, std::string_view kind, std::string_view work_hash);

// The same of a file that is open for reading, `path` by its name: what is read through the descriptor
// afterwards is what was checked, though another file be put in its place.
SealState check_seal(int descriptor, const std::filesystem::path& path, std::string_view kind,
                     std::string_view work_hash);

// The same of a file's bytes.
SealState check_image_seal(std::string_view image, std::string_view kind, std::string_view work_hash);

}  // namespace musicmem::data
