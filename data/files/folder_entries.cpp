// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/files/folder_entries.h"

#include "data/files/names.h"

#include <utility>

namespace musicmem::data {

namespace fs = std::filesystem;

FolderEntries::FolderEntries(fs::path directory) : directory_(std::move(directory)) {}

fs::path FolderEntries::find(const std::string& name) const {
  std::error_code unusable;  // a name that is too long, a folder that is not there
  if (fs::exists(directory_ / name, unusable)) return directory_ / name;
  if (is_ascii(name)) return {};
  if (const fs::path path(name); path.has_parent_path()) {
    const fs::path folder = find(path.parent_path().string());
    return folder.empty() ? fs::path() : FolderEntries(folder).find(path.filename().string());
  }
  if (!listing_) {
    listing_.emplace();
    for (const auto& entry : fs::directory_iterator(directory_, unusable))
      listing_->emplace(nfc(entry.path().filename().string()), entry.path());
  }
  const auto found = listing_->find(nfc(name));
  return found == listing_->end() ? fs::path() : found->second;
}

fs::path as_spelled(const fs::path& path) {
  const fs::path folder = path.has_parent_path() ? path.parent_path() : ".";
  const fs::path found =
      is_ascii(path.filename().string()) ? fs::path() : FolderEntries(folder).find(path.filename().string());
  return found.empty() ? path : found;
}

}  // namespace musicmem::data
