// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/track_columns.h"

#include "config/error.h"
#include "data/files/names.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace musicmem::data {
namespace {

constexpr int most_folds = 100000;

bool is_share(const config::ScoreRange& range) {
  return range == config::ScoreRange();
}

}  // namespace

std::string outside_text(const std::string& what, const std::string& value, const config::ScoreRange& range) {
  return what + (value.empty() ? "" : " ") + value + " lies outside " + to_string(range);
}

std::vector<std::string> known_columns(const TrackColumns& columns) {
  std::vector<std::string> names = {"track", columns.target, "fold"};
  for (const std::string& name : {columns.group, columns.weight}) {
    if (!name.empty()) names.push_back(name);
  }
  return names;
}

TrackReader::TrackReader(const CsvFile& csv, const TrackColumns& columns)
    : csv_(csv), columns_(columns), target_(csv.column(columns.target)) {
  if (columns.needs_group) {
    group_ = csv.column(columns.group);
  } else if (!columns.group.empty()) {
    group_ = csv.find_column(columns.group);
  }
  if (columns.needs_fold) {
    fold_ = csv.column("fold");
  } else if (columns.reads_fold) {
    fold_ = csv.find_column("fold");
  }
  if (!columns.weight.empty()) weight_ = csv.column(columns.weight);
}

std::vector<std::string> TrackReader::ignored(const std::vector<std::string>& others) const {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < csv_.header().size(); ++i) {
    const std::string& name = csv_.header()[i];
    const bool is_read = i == target_ || group_ == i || fold_ == i || weight_ == i ||
                         std::ranges::find(others, name) != others.end();
    if (!is_read && !name.empty()) names.push_back(name);
  }
  return names;
}

std::optional<RowFault> TrackReader::read_score(std::size_t row, Label& label) const {
  const std::string& column = columns_.target;
  try {
    label.score = csv_.share(row, target_);
  } catch (const Error& error) {
    return RowFault{column + " is not a number", error.problem(), error.advice()};
  }
  if (columns_.range.holds(label.score)) return std::nullopt;
  const std::string advice = !is_share(columns_.range) ? "correct it, or set data.target.range"
                             : csv_.looks_like_percent(target_)
                                 ? "the scores look like percent: divide them by 100"
                                 : "give the share of listeners who recognised the clip, or set "
                                   "data.target.range: [lowest, highest]";
  return RowFault{outside_text(column, "", columns_.range),
                  outside_text(column, csv_.field(row, target_), columns_.range), advice};
}

std::optional<RowFault> TrackReader::read_fold(std::size_t row, Label& label) const {
  const std::optional<double> value = csv_.number_or_none(row, *fold_);
  if (!value || *value != std::floor(*value) || *value < 0 || *value >= most_folds) {
    return RowFault{"fold is no number of a fold",
                    fmt::format("'{}' is no number of a fold", csv_.field(row, *fold_)),
                    "count folds from 0"};
  }
  label.fold = static_cast<int>(*value);
  return std::nullopt;
}

std::optional<RowFault> TrackReader::read_weight(std::size_t row, Label& label) const {
  const std::optional<double> value = csv_.number_or_none(row, *weight_);
  if (!value || !(*value > 0.0)) {
    return RowFault{columns_.weight + " is no weight",
                    fmt::format("'{}' in column {} is no weight", csv_.field(row, *weight_), columns_.weight),
                    "give a number above 0, or leave the track out"};
  }
  label.weight = *value;
  return std::nullopt;
}

std::optional<RowFault> TrackReader::read(std::size_t row, Label& label) const {
  if (std::optional<RowFault> fault = read_score(row, label)) return fault;
  if (weight_) {
    if (std::optional<RowFault> fault = read_weight(row, label)) return fault;
  }
  if (group_) {
    label.group = as_seen(csv_.field(row, *group_));
    if (label.group.empty()) {
      return RowFault{columns_.group + " is empty", "it has no " + columns_.group,
                      "give every track one, or set cross_validation.groups: ignore"};
    }
  }
  return fold_ ? read_fold(row, label) : std::nullopt;
}

}  // namespace musicmem::data
