// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace musicmem::data {

// What to do about a file that is damaged.
inline constexpr const char* fetch_again = "fetch or copy the file again";

struct ZipRecord {
  std::string name;
  std::uint64_t size = 0;  // that it says it has once inflated
};

// A zip archive that may be wrong in any way, read by libzip. Every method throws IoError where the disk
// fails.
class ZipReader {
 public:
  // Throws Error where the file cannot be opened, or is a directory or a pipe.
  explicit ZipReader(const std::filesystem::path& path);
  // Of a file in memory; `name` is what errors call it.
  ZipReader(std::string bytes, const std::string& name);
  ~ZipReader();
  ZipReader(const ZipReader&) = delete;
  ZipReader& operator=(const ZipReader&) = delete;

  std::uint64_t file_bytes() const;
  // What the file begins with, archive or not; less than `size` bytes where it is shorter.
  std::string first_bytes(std::size_t size) const;

  // The records in the order of the archive's directory; none is read. Throws Error where there is no
  // directory.
  std::vector<ZipRecord> open_directory();

  // The bytes of the record at this place of the directory, as many as it says. Throws Error where it is
  // cut off, of another size, not what its checksum says, or neither stored nor deflated. Without a checksum
  // (0, as PyTorch writes on demand) it is taken as it is.
  std::string read(std::size_t record);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace musicmem::data
