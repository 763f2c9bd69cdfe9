// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "data/files/known_files.h"

#include <filesystem>
#include <string>

#include <nlohmann/json.hpp>

namespace musicmem::data {
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(FileStamp, size, written, changed, inode)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(KnownFiles::Entry, stamp, hash)
}  // namespace musicmem::data

// <features.store>/inputs.json: what starts have learnt by reading clips, stems and features. Nothing that it
// says is needed; where it is missing or damaged, files are read again.
namespace musicmem::launcher {

std::filesystem::path inputs_file(const std::filesystem::path& store);

// The file's entries. `problem` receives a line where some, or all, are not used.
data::KnownFiles::Entries read_inputs_file(const std::filesystem::path& file, std::string& problem);

// Writes the file anew: `news`, and of what is there the files that still exist. What another start writes in
// the same moment may be lost. Throws Error.
void add_to_inputs_file(const std::filesystem::path& file, const data::KnownFiles::Entries& news);

}  // namespace musicmem::launcher
