// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

// An HDF5 file with 512 bytes of text before it: what the file is, the hash of the work that made it, and one
// checksum over all that follows. HDF5 readers skip such a block; `head -c 512 FILE` shows it.
namespace musicmem::data {

inline constexpr std::size_t seal_size = 512;

// Fills the blank first seal_size bytes of `image` (from hdf5::ImageWriter(seal_size)).
void seal_image(std::string& image, std::string_view kind, std::string_view work_hash);

// The same for a file on disk (from hdf5::FileWriter(path, seal_size)); reads it once, in blocks, and syncs
// it.
void seal_file(const std::filesystem::path& path, std::string_view kind, std::string_view work_hash);

enum class SealState { missing, damaged, stale, good };

// What lies at `path`: good only if it is of this kind, was made by the work of this hash, and is undamaged.
SealState check_seal(const std::filesystem::path& path, std::string_view kind, std::string_view work_hash);

}  // namespace musicmem::data
