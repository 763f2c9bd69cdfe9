// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

namespace musicmem::data {

// In what a table's word for a clip differs from the name of the file that it means.
struct Spelling {
  bool blanks = false;     // around the word
  bool folder = false;     // "clips/x.wav"
  bool capitals = false;   // of the extension: "x.wav" for "x.WAV"
  bool extension = false;  // it or the file has none
  bool unseen = false;     // characters that nobody sees, or the kind of a blank
};

struct FoundClip {
  std::filesystem::path file;  // empty where none is meant for certain
  Spelling spelling;
  std::string problem;        // where there is none, why: "there is only 'x.mp3'"
  bool is_ambiguous = false;  // there is none because several may be meant
};

// The clips of a folder by their names. Files that macOS leaves beside others are no clips.
class ClipFiles {
 public:
  // Throws Error where it is no directory.
  explicit ClipFiles(const std::filesystem::path& directory);

  // The one file that a table means by `word`: of this name, in any form of Unicode; else of this name but
  // for a folder before it, blanks around it, the capitals of its extension, an extension that is left out
  // here or there, or characters that nobody sees.
  // Throws Error where two files differ in nothing but the form of Unicode.
  FoundClip find(const std::string& word) const;

  std::size_t size() const { return names_.size(); }
  const std::vector<std::string>& names() const { return names_; }  // sorted

 private:
  using Index = std::unordered_map<std::string, std::vector<std::size_t>>;

  FoundClip found(const std::vector<std::size_t>& files, Spelling spelling) const;
  std::vector<std::size_t> without_extension(const std::string& name) const;
  std::string likely_cause(const std::string& name) const;

  std::filesystem::path directory_;
  std::vector<std::string> names_;
  Index by_name_;             // composed
  Index by_small_extension_;  // composed
  Index by_stem_;             // composed, of files of sound
  Index by_folded_stem_;      // the same without capitals, to say what is near
  Index by_look_;             // as_seen, with small extension
};

// The clips below a folder. Words name those of its sub-folders by their path ("artist/01.flac"), in the spellings
// that ClipFiles takes; a folder is listed when a word names it.
class ClipFolders {
 public:
  // Throws Error where it is no directory.
  explicit ClipFolders(const std::filesystem::path& directory);

  FoundClip find(const std::string& word);

  // The file's path below the folder, with '/'.
  std::string name_of(const std::filesystem::path& file) const;
  // All files of the folders that words named, by their paths below the folder, sorted.
  std::vector<std::string> names() const;

 private:
  std::filesystem::path directory_;
  std::map<std::string, ClipFiles> folders_;  // by their path below the folder; "" for itself
};

}  // namespace musicmem::data
