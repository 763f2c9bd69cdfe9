// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <thread>

// Which files of a shared directory are in use, for programs that would remove them.
namespace musicmem::data {

// Says, while it lives, that a file is in use: an empty file "<path>.held.tmp.<host>.<pid>" beside it, one
// for a process, renewed every minute, so that what a killed process has left is known as such on every host.
// In a directory that cannot be written nothing is held; nobody can remove anything there.
class HoldFile {
 public:
  explicit HoldFile(const std::filesystem::path& path);
  ~HoldFile();
  HoldFile(const HoldFile&) = delete;
  HoldFile& operator=(const HoldFile&) = delete;

 private:
  void renew();

  std::filesystem::path file_;
  std::jthread renewal_;
};

// Whether a process that is at work holds the file.
bool is_held(const std::filesystem::path& path);

// Removes the file unless it is held; one that somebody takes hold of at this moment
// stays. True if it was removed.
bool remove_unless_held(const std::filesystem::path& path);

}  // namespace musicmem::data
