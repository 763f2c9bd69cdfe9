// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <istream>
#include <map>
#include <memory>
#include <string>
#include <string_view>

// The zip archives of torch.save: named records.
namespace musicmem::data {
class ZipReader;
}

namespace musicmem::weights {

// Of this program's files: an object of texts in JSON, which torch.load does not look at.
inline constexpr const char* settings_record = "musicmem.json";

// A file that may be wrong in any way. Throws IoError where the disk fails.
class ArchiveReader {
 public:
  // Throws Error for files that are missing, truncated, not a zip archive (says what they seem to be),
  // TorchScript, big-endian, or that hold no `data.pkl`.
  explicit ArchiveReader(const std::filesystem::path& path);
  // From the bytes of a file in memory; `name` is what errors call it.
  ArchiveReader(std::string bytes, std::string name);
  ~ArchiveReader();
  ArchiveReader(const ArchiveReader&) = delete;
  ArchiveReader& operator=(const ArchiveReader&) = delete;

  bool has(const std::string& record) const;
  // Throws Error if it is missing, cut off or not what its checksum says, or if it says that it is larger
  // than `largest` bytes, before it is inflated.
  std::string read(const std::string& record, std::uint64_t largest) const;
  std::uint64_t file_bytes() const { return file_bytes_; }

 private:
  struct Record {
    std::size_t place;   // in the zip archive's directory
    std::uint64_t size;  // that it says it has
  };

  ArchiveReader(std::unique_ptr<data::ZipReader> zip, std::string name);
  void list_records();
  void require_version() const;

  std::string origin_;
  std::unique_ptr<data::ZipReader> zip_;
  std::uint64_t file_bytes_ = 0;
  std::map<std::string, Record> records_;
};

// Writes record after record to a file, which is neither synced nor complete before finish(). The bytes do
// not depend on the file's name, nor on time and machine.
class ArchiveWriter {
 public:
  explicit ArchiveWriter(const std::filesystem::path& path);

  // Each record once.
  void write(const std::string& record, std::string_view bytes);
  void finish();  // both throw Error where the disk did not take it all

 private:
  void put(std::string_view bytes);
  [[noreturn]] void fail() const;

  std::string origin_;
  std::ofstream file_;
  std::uint64_t place_ = 0;  // where the next byte goes
  std::uint64_t records_ = 0;
  std::string directory_;  // the archive's end: names, checksums and places
};

}  // namespace musicmem::weights
