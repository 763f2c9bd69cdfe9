// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/tables/training_rows.h"

#include "config/error.h"
#include "data/feature_value.h"
#include "data/generator.h"

#include <string>

#include <fmt/format.h>

namespace musicmem::models {

std::vector<bool> tracks_with_rows(const data::SegmentTable& table) {
  std::vector<bool> usable(table.tracks.size(), false);
  for (std::size_t row = 0; row < table.row_track.size(); ++row) {
    if (table.row_semitones[row] == 0) usable[static_cast<std::size_t>(table.row_track[row])] = true;
  }
  return usable;
}

Rows rows_of_tracks(const data::SegmentTable& table, const std::vector<int>& tracks, bool augmented) {
  std::vector<bool> wanted(table.tracks.size(), false);
  for (const int track : tracks) wanted[static_cast<std::size_t>(track)] = true;
  Rows rows;
  for (std::size_t row = 0; row < table.row_track.size(); ++row) {
    const bool fits = augmented || table.row_semitones[row] == 0;
    if (fits && wanted[static_cast<std::size_t>(table.row_track[row])]) rows.push_back(row);
  }
  return rows;
}

data::Matrix feature_rows(const data::SegmentTable& table, const Rows& rows) {
  data::Matrix values(0, table.values.columns());
  for (const std::size_t row : rows) {
    const auto features = table.values.row(row);
    for (std::size_t c = 0; c < features.size(); ++c) {
      if (data::is_feature(features[c])) continue;
      throw Error(fmt::format("feature '{}' of segment {} {}", table.columns[c], table.row_segment[row],
                              data::fault_of_feature(features[c])),
                  table.tracks[static_cast<std::size_t>(table.row_track[row])],
                  "prepare the clip again or correct the table");
    }
    values.append_row(features);
  }
  return values;
}

std::vector<double> permute_labels(std::vector<double> labels, const std::vector<int>& tracks,
                                   std::uint64_t seed) {
  std::vector<double> permuted;
  permuted.reserve(tracks.size());
  for (const int track : tracks) permuted.push_back(labels[static_cast<std::size_t>(track)]);
  data::Generator(seed).shuffle(permuted);
  for (std::size_t i = 0; i < tracks.size(); ++i) labels[static_cast<std::size_t>(tracks[i])] = permuted[i];
  return labels;
}

}  // namespace musicmem::models
