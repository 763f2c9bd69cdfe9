// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/settings/source.h"
#include "data/files/csv.h"

#include <optional>
#include <string>
#include <vector>

// What a table says of its tracks beside their features: labels files and data.table alike.
namespace musicmem::data {

// Which columns say it.
struct TrackColumns {
  std::string target = "score";
  config::ScoreRange range = {};
  std::string group = "group";  // empty: groups are not read
  bool needs_group = false;     // the column must be there
  bool reads_fold = false;      // the column `fold`, where there is one
  bool needs_fold = false;      // which must be there
  std::string weight = {};      // must be there; empty: weights are not read
};

// What a row says of its track.
struct Label {
  std::string track{};  // as the table calls it
  double score = 0.0;   // within the range
  std::string group{};  // empty where groups are not read
  int fold = -1;        // from 0; -1 where folds are not read
  double weight = 1.0;  // above 0
};

// "score 1.2 lies outside [0, 1]"; `what` is the column.
std::string outside_text(const std::string& what, const std::string& value, const config::ScoreRange& range);

// What is wrong with a row.
struct RowFault {
  std::string problem;  // of all such rows: "score lies outside [0, 1]"
  std::string detail;   // of this one: "score 1.2 lies outside [0, 1]"
  std::string advice;
};

// The columns that a table is looked for, beside `track`.
std::vector<std::string> known_columns(const TrackColumns& columns);

// Reads them from a table that outlives it. Scores may be in percent, with the sign.
class TrackReader {
 public:
  // Throws Error where a column that must be there is missing.
  TrackReader(const CsvFile& csv, const TrackColumns& columns);

  bool has_groups() const { return group_.has_value(); }
  // The named columns of the header that nothing is read from; `others` are read by the caller.
  std::vector<std::string> ignored(const std::vector<std::string>& others) const;

  // Sets score, group, fold and weight, or says why not.
  std::optional<RowFault> read(std::size_t row, Label& label) const;

 private:
  std::optional<RowFault> read_score(std::size_t row, Label& label) const;
  std::optional<RowFault> read_fold(std::size_t row, Label& label) const;
  std::optional<RowFault> read_weight(std::size_t row, Label& label) const;

  const CsvFile& csv_;
  TrackColumns columns_;
  std::size_t target_;
  std::optional<std::size_t> group_;
  std::optional<std::size_t> fold_;
  std::optional<std::size_t> weight_;
};

}  // namespace musicmem::data
