// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "data/files/sealed_file.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace musicmem::data {

// How the file system describes a file. One that was written to since, or is another of the same name, has
// another stamp, though its modification time was set back: the time of its entry cannot be.
struct FileStamp {
  std::uint64_t size = 0;
  std::int64_t written = 0;  // its content, in ns of the Unix epoch
  std::int64_t changed = 0;  // its entry: content, name, owner or permissions
  std::uint64_t inode = 0;

  bool operator==(const FileStamp&) const = default;
};

// Nothing where there is no regular file.
std::optional<FileStamp> stamp_of(const std::filesystem::path& file);
std::optional<FileStamp> stamp_of(int descriptor);

// What was learnt by reading files, for as long as they keep their stamps: they need not be read again. For
// one thread at a time.
//
// Two writes within one step of a file system's clock, up to two seconds, leave the same times. So the checksum
// of a file that was written within two seconds before it was read, or in the future, is not kept. Sealed
// files, which are only ever replaced by others, need no such care.
class KnownFiles {
 public:
  struct Entry {
    FileStamp stamp;
    std::string hash;  // data::checksum of the bytes, or the work that a good seal names
  };
  using Entries = std::map<std::string, Entry>;  // by absolute path

  KnownFiles() = default;
  explicit KnownFiles(Entries entries) : entries_(std::move(entries)) {}

  // data::checksum of a file's bytes. Throws as read_file does.
  std::string checksum(const std::filesystem::path& file);

  // check_seal(), which reads the file unless its seal is known to be good.
  SealState seal_state(const std::filesystem::path& file, std::string_view kind, std::string_view work_hash);
  SealState seal_state(int descriptor, const std::filesystem::path& file, std::string_view kind,
                       std::string_view work_hash);

  // Of a sealed file that this process has just put in place and has read back.
  void add_sealed(const std::filesystem::path& file, std::string_view work_hash);

  // Takes over what others have learnt.
  void add(const Entries& entries);
  // What was learnt here since the last call, but not what was taken over.
  Entries take_news();

 private:
  bool is_known(const std::filesystem::path& file, const std::optional<FileStamp>& stamp,
                std::string_view hash) const;
  void learn(const std::filesystem::path& file, const FileStamp& stamp, std::string hash);

  Entries entries_;
  Entries news_;
};

}  // namespace musicmem::data
