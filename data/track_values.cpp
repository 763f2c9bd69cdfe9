// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/track_values.h"

#include "config/error.h"
#include "data/files/csv.h"
#include "data/files/names.h"

#include <algorithm>
#include <array>

namespace musicmem::data {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> with_track(const std::vector<std::string>& columns) {
  std::vector<std::string> names = {"track"};
  names.insert(names.end(), columns.begin(), columns.end());
  return names;
}

std::string plain(const std::string& track) {
  return with_small_extension(as_seen(without_folder(track)));
}

}  // namespace

TrackValues::TrackValues(const fs::path& path, const std::vector<std::string>& columns) : path_(path) {
  const CsvFile csv(path, with_track(columns));
  const std::size_t track = csv.column("track");
  std::vector<std::size_t> places;
  for (const std::string& column : columns) places.push_back(csv.column(column));
  SeenNames seen;
  for (std::size_t row = 0; row < csv.rows(); ++row) {
    Row values{csv.field(row, track), {}};
    for (const std::size_t place : places) values.values.push_back(csv.number(row, place));
    if (const std::string fault = seen.add(values.track, csv.line(row)); !fault.empty())
      throw Error("track " + fault, csv.place(row), "keep one row");
    by_name_.emplace(nfc(values.track), row);
    by_plain_[plain(values.track)].push_back(row);
    rows_.push_back(std::move(values));
  }
  if (rows_.empty()) throw Error("holds no rows", path.string(), "add a row for each track");
  note_ = csv.note();
}

std::vector<std::size_t> TrackValues::rows_of(const std::string& file_name) const {
  const std::string name = nfc(file_name);
  const std::array<std::string, 3> spellings = {name, stem_of(name), clip_id(name)};
  for (const std::string& spelling : spellings) {
    if (const auto found = by_name_.find(spelling); found != by_name_.end()) return {found->second};
  }
  if (name.find('/') != std::string::npos) return {};  // a file of that name in another folder is another
  for (const std::string& spelling : spellings) {
    const auto found = by_plain_.find(plain(spelling));
    if (found != by_plain_.end()) return found->second;
  }
  return {};
}

std::optional<std::vector<double>> TrackValues::find(const std::string& file_name) const {
  const std::vector<std::size_t> rows = rows_of(file_name);
  if (rows.size() != 1) return std::nullopt;
  return rows_[rows[0]].values;
}

std::vector<double> TrackValues::require(const std::string& file_name) const {
  const std::vector<std::size_t> rows = rows_of(file_name);
  if (rows.size() == 1) return rows_[rows[0]].values;
  if (rows.size() > 1) {
    throw Error("has two rows that may mean track '" + file_name + "': '" + rows_[rows[0]].track + "' and '" +
                    rows_[rows[1]].track + "'",
                path_.string(), "call the track by its file name");
  }
  throw Error("has no row for track '" + file_name + "'", path_.string(),
              "add one; its tracks look like '" + rows_.front().track + "'");
}

}  // namespace musicmem::data
