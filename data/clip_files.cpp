// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/clip_files.h"

#include "config/error.h"
#include "data/files/folder_entries.h"
#include "data/files/names.h"

#include <algorithm>

namespace musicmem::data {
namespace {

namespace fs = std::filesystem;

using Index = std::unordered_map<std::string, std::vector<std::size_t>>;

const std::vector<std::size_t>& look_up(const Index& index, const std::string& key) {
  static const std::vector<std::size_t> none;
  const auto found = index.find(key);
  return found == index.end() ? none : found->second;
}

bool is_in(const fs::path& file, const fs::path& directory) {
  std::error_code unknown;
  return fs::equivalent(file.parent_path(), directory, unknown);
}

}  // namespace

ClipFiles::ClipFiles(const fs::path& directory) : directory_(directory) {
  if (!fs::is_directory(directory)) throw Error("is not a directory of clips", directory.string());
  for (const fs::directory_entry& entry : fs::directory_iterator(directory)) {
    const std::string name = entry.path().filename().string();
    if (!is_companion_name(name) && entry.is_regular_file()) names_.push_back(name);
  }
  std::sort(names_.begin(), names_.end());
  for (std::size_t i = 0; i < names_.size(); ++i) {
    const std::string name = nfc(names_[i]);
    by_name_[name].push_back(i);
    by_small_extension_[with_small_extension(name)].push_back(i);
    by_look_[with_small_extension(as_seen(name))].push_back(i);
    if (!is_audio_name(name)) continue;
    by_stem_[stem_of(name)].push_back(i);
    by_folded_stem_[folded(stem_of(name))].push_back(i);
  }
}

FoundClip ClipFiles::find(const std::string& word) const {
  if (const auto& files = look_up(by_name_, nfc(word)); !files.empty()) return found(files, {});
  const std::string name = nfc(without_folder(word));
  Spelling spelling;
  spelling.folder = word.find_first_of("/\\") != std::string::npos;
  spelling.blanks = !spelling.folder && name.size() < nfc(word).size();
  std::error_code unusable;
  if (spelling.folder && fs::exists(directory_ / word, unusable) && !is_in(directory_ / word, directory_)) {
    return {{}, {}, "it names a file outside the folder; move it below", false};
  }
  if (const auto& files = look_up(by_name_, name); !files.empty()) return found(files, spelling);
  if (const auto& files = look_up(by_small_extension_, with_small_extension(name)); !files.empty()) {
    spelling.capitals = true;
    return found(files, spelling);
  }
  if (const auto& files = look_up(by_stem_, name); !files.empty()) {
    spelling.extension = true;
    return found(files, spelling);
  }
  if (const std::vector<std::size_t> files = without_extension(name); !files.empty()) {
    spelling.extension = true;
    return found(files, spelling);
  }
  if (const auto& files = look_up(by_look_, with_small_extension(as_seen(name))); !files.empty()) {
    spelling.unseen = true;
    return found(files, spelling);
  }
  return {{}, {}, likely_cause(name), false};
}

// The file without an extension that `name` may mean with one, and what else has its stem then.
std::vector<std::size_t> ClipFiles::without_extension(const std::string& name) const {
  const std::string stem = stem_of(name);
  if (!is_audio_name(name)) return {};
  std::vector<std::size_t> files = look_up(by_name_, stem);
  const auto& others = look_up(by_stem_, stem);
  if (!files.empty()) files.insert(files.end(), others.begin(), others.end());
  return files;
}

FoundClip ClipFiles::found(const std::vector<std::size_t>& files, Spelling spelling) const {
  if (files.size() == 1) return {directory_ / names_[files[0]], spelling, "", false};
  const std::string both = "'" + names_[files[0]] + "' and '" + names_[files[1]] + "'";
  if (nfc(names_[files[0]]) == nfc(names_[files[1]])) {
    throw Error("holds two files of one name, " + both +
                    ": their accents are written as one character and as two (Unicode NFC and NFD)",
                directory_.string(), "keep one of them");
  }
  return {{}, {}, both + " may both be meant; write the whole name", true};
}

std::string ClipFiles::likely_cause(const std::string& name) const {
  if (is_companion_name(name))
    return "it is a file that macOS leaves beside others, no sound; remove its row";
  if (name.size() > longest_file_name) return "no file can have so long a name";
  for (const std::string& stem : {stem_of(name), name}) {
    const auto& near = look_up(by_folded_stem_, folded(stem));
    if (!near.empty()) return "there is only '" + names_[near[0]] + "'; correct the name";
  }
  return "";
}

ClipFolders::ClipFolders(const fs::path& directory) : directory_(as_spelled(directory)) {
  folders_.emplace("", ClipFiles(directory_));
}

FoundClip ClipFolders::find(const std::string& word) {
  std::string path = word;
  std::ranges::replace(path, '\\', '/');
  const fs::path folder = fs::path(path).parent_path().lexically_normal();
  const bool is_below = !folder.empty() && folder.is_relative() && *folder.begin() != ".." && folder != ".";
  if (!is_below) return folders_.at("").find(word);
  fs::path there = directory_;
  for (const fs::path& part : folder) there = as_spelled(there / part);
  if (!fs::is_directory(there)) return folders_.at("").find(word);
  const ClipFiles& files = folders_.try_emplace(folder.generic_string(), there).first->second;
  return files.find(fs::path(path).filename().string());
}

std::string ClipFolders::name_of(const fs::path& file) const {
  return file.lexically_relative(directory_).generic_string();
}

std::vector<std::string> ClipFolders::names() const {
  std::vector<std::string> names;
  for (const auto& [folder, files] : folders_) {
    for (const std::string& name : files.names()) names.push_back((fs::path(folder) / name).generic_string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace musicmem::data
