// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/joined_tables.h"

#include "config/error.h"

#include <algorithm>
#include <cassert>
#include <map>
#include <tuple>
#include <utility>

namespace musicmem::data {
namespace {

using Variant = std::pair<int, int>;  // track, semitones

// The rows of one set, to be found by track, variant and segment.
class SetRows {
 public:
  explicit SetRows(const NamedTable& set) : name_(set.name), table_(*set.table) {
    for (std::size_t row = 0; row < table_.values.rows(); ++row) {
      rows_[{table_.row_track[row], table_.row_semitones[row]}].emplace(table_.row_segment[row], row);
    }
    describes_clips_ = std::ranges::all_of(rows_, [](const auto& entry) { return entry.second.size() == 1; });
  }

  bool describes_clips() const { return describes_clips_; }
  const SegmentTable& table() const { return table_; }

  std::span<const double> row(int track, int semitones, int segment) const {
    const auto variant = rows_.find({track, semitones});
    if (variant == rows_.end()) refuse(track, augment_type(semitones));
    const auto& segments = variant->second;
    if (describes_clips_) return table_.values.row(segments.begin()->second);
    const auto found = segments.find(segment);
    if (found == segments.end())
      refuse(track, augment_type(semitones) + ", segment " + std::to_string(segment));
    return table_.values.row(found->second);
  }

 private:
  [[noreturn]] void refuse(int track, const std::string& what) const {
    throw Error("feature set " + name_ + " has no row of " + table_.tracks[static_cast<std::size_t>(track)] +
                    " (" + what + ")",
                "", "make it for all that the other sets have, or leave the set out");
  }

  std::string name_;
  const SegmentTable& table_;
  std::map<Variant, std::map<int, std::size_t>> rows_;  // by segment
  bool describes_clips_ = false;
};

}  // namespace

SegmentTable join_tables(const std::vector<NamedTable>& sets, bool with_variants) {
  assert(!sets.empty());
  std::vector<SetRows> parts(sets.begin(), sets.end());
  SegmentTable joined;
  joined.tracks = parts[0].table().tracks;
  joined.labels = parts[0].table().labels;
  for (std::size_t s = 0; s < sets.size(); ++s) {
    for (const std::string& column : sets[s].table->columns)
      joined.columns.push_back(sets[s].name + "." + column);
  }
  // The first set with segments says which rows there are; where none has, the first does.
  const auto by_segment =
      std::ranges::find_if(parts, [](const SetRows& part) { return !part.describes_clips(); });
  const SegmentTable& leading = by_segment == parts.end() ? parts[0].table() : by_segment->table();
  std::vector<double> row;
  for (std::size_t r = 0; r < leading.values.rows(); ++r) {
    if (leading.row_semitones[r] != 0 && !with_variants) continue;
    row.clear();
    for (const SetRows& part : parts) {
      const auto values = part.row(leading.row_track[r], leading.row_semitones[r], leading.row_segment[r]);
      row.insert(row.end(), values.begin(), values.end());
    }
    joined.values.append_row(row);
    joined.row_track.push_back(leading.row_track[r]);
    joined.row_segment.push_back(leading.row_segment[r]);
    joined.row_semitones.push_back(leading.row_semitones[r]);
  }
  return joined;
}

}  // namespace musicmem::data
