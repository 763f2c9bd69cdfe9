// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/track_values.h"

#include "config/error.h"
#include "data/csv.h"
#include "data/labels.h"

namespace musicmem::data {

namespace fs = std::filesystem;

TrackValues::TrackValues(const fs::path& path, const std::vector<std::string>& columns) : path_(path) {
  const CsvFile csv(path);
  const std::size_t track = csv.column("track");
  std::vector<std::size_t> places;
  for (const std::string& column : columns) places.push_back(csv.column(column));
  for (std::size_t row = 0; row < csv.rows(); ++row) {
    std::vector<double> values;
    for (const std::size_t place : places) values.push_back(csv.number(row, place));
    const auto [found, is_new] = values_.emplace(csv.field(row, track), std::move(values));
    if (!is_new) throw Error("track '" + found->first + "' is given twice", csv.place(row), "keep one row");
  }
  if (values_.empty()) throw Error("holds no rows", path.string(), "add a row for each track");
}

std::optional<std::vector<double>> TrackValues::find(const std::string& track) const {
  for (const std::string& name : {track, fs::path(track).stem().string(), youtube_id(track)}) {
    if (const auto found = values_.find(name); found != values_.end()) return found->second;
  }
  return std::nullopt;
}

std::vector<double> TrackValues::require(const std::string& track) const {
  if (auto values = find(track)) return *values;
  throw Error("has no row for track '" + track + "'", path_.string(),
              "add one; its tracks look like '" + values_.begin()->first + "'");
}

}  // namespace musicmem::data
