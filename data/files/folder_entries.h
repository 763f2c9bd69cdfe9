// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <unordered_map>

namespace musicmem::data {

// The entries of a folder by their names in any form of Unicode (nfc). The folder is listed once, when a name
// is looked for that is not plain ASCII and not there as it is spelled. For one thread at a time.
class FolderEntries {
 public:
  FolderEntries(std::filesystem::path directory);

  const std::filesystem::path& directory() const { return directory_; }

  // The entry's path as it is spelled there; empty where there is none. `name` may be of a folder within.
  std::filesystem::path find(const std::string& name) const;

 private:
  using Listing = std::unordered_map<std::string, std::filesystem::path>;  // by composed name

  std::filesystem::path directory_;
  mutable std::optional<Listing> listing_;
};

// The path with its last part as its folder spells it; the path itself where nothing there is called so.
std::filesystem::path as_spelled(const std::filesystem::path& path);

}  // namespace musicmem::data
