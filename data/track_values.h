// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace musicmem::data {

// Numbers that a CSV gives for tracks: the column `track` and one column for each name asked for, in any
// order; further columns are not looked at. A track is called by its file name, by its name without the
// extension, or by its YouTube id as in the published table.
class TrackValues {
 public:
  // Throws Error for a missing column (named), a field that is no finite number, or a track given twice.
  TrackValues(const std::filesystem::path& path, const std::vector<std::string>& columns);

  // The track's values in the order of the columns asked for; empty where the file has none.
  std::optional<std::vector<double>> find(const std::string& track) const;

  // The same, or Error that names file and track, with one of the file's own tracks to compare.
  std::vector<double> require(const std::string& track) const;

 private:
  std::filesystem::path path_;
  std::map<std::string, std::vector<double>> values_;
};

}  // namespace musicmem::data
