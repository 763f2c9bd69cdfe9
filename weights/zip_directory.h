// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

namespace musicmem::weights {

// The records of a zip archive by name, each with the size that it says it has once inflated; of several of
// one name the largest. Names lack their first folder, which torch.save calls after the file. Reads nothing
// but the directory at the archive's end, so that sizes are known before anything is inflated. Empty where
// no directory can be made out.
std::map<std::string, std::uint64_t> zip_record_sizes(const std::filesystem::path& path);

}  // namespace musicmem::weights
