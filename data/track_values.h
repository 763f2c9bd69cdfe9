// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace musicmem::data {

// Numbers that a CSV gives for tracks: the column `track` and one column for each name asked for, in any
// order; further columns are not looked at. A track is called by the name of its file, by that without the
// extension, or by its id as in the published table (clip_id); in any form of Unicode, and where no row is
// called so exactly, with a folder before it, blanks around it, characters that nobody
// sees or other capitals of its extension.
class TrackValues {
 public:
  // Throws Error for a missing column (named), a field that is no finite number, or a track given twice.
  TrackValues(const std::filesystem::path& path, const std::vector<std::string>& columns);

  // The values of the track whose file is called so, in the order of the columns asked for; empty where the
  // table has none, or two rows may be meant.
  std::optional<std::vector<double>> find(const std::string& file_name) const;

  // The same, or Error that names file and track, with the rows that may be meant, or any one to compare.
  std::vector<double> require(const std::string& file_name) const;

  // What was read otherwise than it is written (CsvFile::note).
  const std::string& note() const { return note_; }

 private:
  struct Row {
    std::string track;  // as written
    std::vector<double> values;
  };

  // Of the rows that may be meant.
  std::vector<std::size_t> rows_of(const std::string& file_name) const;

  std::filesystem::path path_;
  std::vector<Row> rows_;
  std::unordered_map<std::string, std::size_t> by_name_;                // composed
  std::unordered_map<std::string, std::vector<std::size_t>> by_plain_;  // as seen, without folder
  std::string note_;
};

}  // namespace musicmem::data
