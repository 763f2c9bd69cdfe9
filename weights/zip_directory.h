// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <istream>
#include <map>
#include <string>

namespace musicmem::weights {

struct ZipRecord {
  std::uint64_t size = 0;      // that it says it has once inflated
  std::uint32_t checksum = 0;  // CRC-32; 0 where the writer took none
};

// The records of a zip archive by name; of several of one name the largest size, and no checksum. Names lack
// their first folder, which torch.save calls after the file. Reads nothing but the directory at the archive's
// end, so that sizes are known before anything is inflated. Empty where no directory can be made out.
std::map<std::string, ZipRecord> zip_records(std::istream& file);

}  // namespace musicmem::weights
