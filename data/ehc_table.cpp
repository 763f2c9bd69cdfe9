// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/ehc_table.h"

#include "config/error.h"
#include "config/nearest.h"
#include "data/files/csv.h"
#include "data/files/file_reading.h"
#include "data/files/names.h"
#include "data/hdf5/hdf5.h"
#include "data/hdf5/hdf5_trial.h"
#include "data/recorded_clip.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>

#include <fmt/ranges.h>

namespace musicmem::data {
namespace {

namespace fs = std::filesystem;

constexpr const char* format_name = "musicmem segment table";

// Adds rows to a table one at a time and holds each against those before it.
class TableBuilder {
 public:
  TableBuilder(std::vector<std::string> features, const TrackColumns& columns, std::size_t rows) {
    table_.columns = std::move(features);
    table_.values.values().reserve(rows * table_.columns.size());
    if (columns.target != config::Target().column) table_.label_column = columns.target;
    if (!columns.group.empty()) table_.group_column = columns.group;
    table_.weight_column = columns.weight;
  }

  void add(const Label& label, int segment, const std::string& augment, std::span<const double> features,
           const std::string& place) {
    if (label.track.empty()) throw Error("a row names no track", place);
    const int index = track_index(label, place);
    const int semitones = checked_semitones(augment, place);
    if (!seen_.insert({index, segment, semitones}).second) {
      throw Error("segment " + std::to_string(segment) + " of '" + label.track + "' (" + augment +
                      ") was already given",
                  place, "keep one of the two rows");
    }
    table_.row_track.push_back(index);
    table_.row_segment.push_back(segment);
    table_.row_semitones.push_back(semitones);
    table_.values.append_row(features);
  }

  // `texts`: what the file says of its clips.
  SegmentTable take(const fs::path& path, const std::map<std::string, std::string>& texts) {
    if (!texts.empty()) table_.clip = clip_recorded_in(texts, path.string());
    if (table_.tracks.empty()) throw Error("holds no rows", path.string(), "add rows below the header");
    return std::move(table_);
  }

 private:
  int track_index(const Label& label, const std::string& place) {
    const auto [found, is_new] = index_.emplace(nfc(label.track), static_cast<int>(table_.tracks.size()));
    const auto index = static_cast<std::size_t>(found->second);
    if (is_new) {
      table_.tracks.push_back(label.track);
      table_.labels.push_back(label.score);
      if (!label.group.empty()) table_.groups.push_back(label.group);
      if (label.fold >= 0) table_.given_folds.push_back(label.fold);
      if (!table_.weight_column.empty()) table_.weights.push_back(label.weight);
      return found->second;
    }
    const auto require_same = [&](const char* what, const std::string& here, const std::string& before) {
      if (here == before) return;
      throw Error(fmt::format("{} {} of '{}' differs from an earlier row's", what, here, label.track), place,
                  fmt::format("give every row of a track the same {}", what));
    };
    require_same(table_.label_column.c_str(), format_number(label.score),
                 format_number(table_.labels[index]));
    if (!label.group.empty()) require_same(table_.group_column.c_str(), label.group, table_.groups[index]);
    if (label.fold >= 0)
      require_same("fold", std::to_string(label.fold), std::to_string(table_.given_folds[index]));
    if (!table_.weights.empty())
      require_same(table_.weight_column.c_str(), format_number(label.weight),
                   format_number(table_.weights[index]));
    return found->second;
  }

  static int checked_semitones(const std::string& augment, const std::string& place) {
    try {
      return semitones_of(augment);
    } catch (const Error& error) {
      throw Error(error.problem(), place, error.advice());
    }
  }

  SegmentTable table_;
  std::map<std::string, int> index_;  // by composed name
  std::set<std::tuple<int, int, int>> seen_;
};

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// Names that tell of a row or of its track, whatever the study predicts.
bool tells_of_track(const std::string& name, const TrackColumns& columns) {
  static const std::vector<std::string> names = {"YT_id", "track", "segment_idx", "augment_type",
                                                 "label", "score", "group",       "fold"};
  return contains(names, name) || contains(clip_record_names(), name) || name == columns.target ||
         name == columns.group || name == columns.weight;
}

// The feature columns of a table with this header, those of the published layout first and in its order.
std::vector<std::string> feature_columns(const std::vector<std::string>& header, const TrackColumns& columns,
                                         const fs::path& path, std::string& note) {
  const std::vector<std::string> required = ehc_columns(false);
  std::vector<std::string> missing;
  std::copy_if(required.begin(), required.end(), std::back_inserter(missing),
               [&](const std::string& name) { return !contains(header, name); });
  std::vector<std::string> others;
  std::copy_if(header.begin(), header.end(), std::back_inserter(others), [&](const std::string& name) {
    return !tells_of_track(name, columns) && !contains(ehc_columns(true), name);
  });
  // pandas writes a row index without a name, or calls it "Unnamed: 0".
  std::erase_if(others, [](const std::string& name) { return name.empty() || name.starts_with("Unnamed"); });
  if (missing.size() == required.size()) {
    if (others.empty())
      throw Error("has no feature columns", path.string(), "give the published data.csv layout");
    return others;
  }
  const auto emotions = std::count_if(emotion_columns().begin(), emotion_columns().end(),
                                      [&](const std::string& name) { return contains(header, name); });
  if (emotions == 1)
    missing.push_back(contains(header, "static_valence") ? "static_arousal" : "static_valence");
  if (!missing.empty()) {
    throw Error(fmt::format("has no column {}", fmt::join(missing, ", ")), path.string(),
                "add the missing columns of the published layout");
  }
  std::vector<std::string> features = ehc_columns(emotions == 2);
  if (!others.empty()) {
    note = fmt::format("{}{}: features beside the published ones are {}", note.empty() ? "" : note + "; ",
                       path.filename().string(), fmt::join(others, ", "));
  }
  features.insert(features.end(), others.begin(), others.end());
  return features;
}

int segment_number(const CsvFile& csv, std::size_t row, std::size_t column) {
  const double value = csv.number(row, column);
  if (value != std::floor(value) || value < 0 || value > 1e6) {
    throw Error("segment_idx " + csv.field(row, column) + " is not a whole number", csv.place(row),
                "count from 1");
  }
  return static_cast<int>(value);
}

std::vector<std::string> known_table_columns(const TrackColumns& columns) {
  std::vector<std::string> names = known_columns(columns);
  names.insert(names.end(), {"YT_id", "label", "segment_idx", "augment_type"});
  std::ranges::copy(clip_record_names(), std::back_inserter(names));
  std::ranges::copy(ehc_columns(true), std::back_inserter(names));
  return names;
}

// What the columns that tell of the clips say, the same in all rows.
std::map<std::string, std::string> recorded_texts(const CsvFile& csv) {
  std::map<std::string, std::string> texts;
  for (const std::string& name : clip_record_names()) {
    const auto column = csv.find_column(name);
    if (!column || csv.rows() == 0) continue;
    const double value = csv.number(0, *column);
    for (std::size_t row = 1; row < csv.rows(); ++row) {
      if (csv.number(row, *column) != value)
        throw Error(name + " differs from that of the rows before", csv.place(row),
                    "a table is of clips of one length: keep the rows of one");
    }
    texts[name] = format_number(value);
  }
  return texts;
}

SegmentTable read_csv_table(const fs::path& path, TrackColumns columns, std::string& note) {
  const CsvFile csv(path, known_table_columns(columns));
  note = csv.note();
  const std::size_t id =
      csv.find_column("track") && !csv.find_column("YT_id") ? csv.column("track") : csv.column("YT_id");
  if (columns.target == config::Target().column && !csv.find_column(columns.target)) columns.target = "label";
  const TrackReader reader(csv, columns);
  if (columns.target == "label") columns.target = config::Target().column;
  const auto segment = csv.find_column("segment_idx");
  const auto augment = csv.find_column("augment_type");
  for (const std::string& name : csv.header()) csv.column(name);  // none is there twice
  const std::vector<std::string> names = feature_columns(csv.header(), columns, path, note);
  std::vector<std::size_t> positions;
  for (const std::string& name : names) positions.push_back(csv.column(name));
  TableBuilder builder(names, columns, csv.rows());
  std::vector<double> features(positions.size());
  for (std::size_t row = 0; row < csv.rows(); ++row) {
    std::transform(positions.begin(), positions.end(), features.begin(),
                   [&](std::size_t column) { return csv.number(row, column); });
    Label label{csv.field(row, id)};
    if (const auto fault = reader.read(row, label)) throw Error(fault->detail, csv.place(row), fault->advice);
    builder.add(label, segment ? segment_number(csv, row, *segment) : 1,
                augment ? csv.field(row, *augment) : "original", features, csv.place(row));
  }
  return builder.take(path, recorded_texts(csv));
}

// Names of the datasets that may tell something of every row, beside those that tell which row it is.
std::vector<std::string> datasets_of_rows(const hdf5::Reader& reader, std::size_t rows) {
  std::vector<std::string> names;
  for (const std::string& name : reader.children("/")) {
    static const std::vector<std::string> of_the_row = {"YT_id", "segment_idx", "augment_type", "features"};
    if (contains(of_the_row, name) || reader.is_group(name)) continue;
    if (reader.shape(name) == hdf5::Shape{rows}) names.push_back(name);
  }
  return names;
}

[[noreturn]] void refuse_missing_dataset(const hdf5::Reader& reader, const fs::path& path,
                                         const std::string& name, std::size_t rows,
                                         const std::string& advice) {
  const std::vector<std::string> known = datasets_of_rows(reader, rows);
  throw Error("has no dataset '" + name + "'", path.string(),
              (known.empty() ? "" : config::suggestion(name, known) + "; ") + advice);
}

// The dataset of the labels: the target's, which the published layout calls label.
std::string label_dataset(const hdf5::Reader& reader, const fs::path& path, const TrackColumns& columns,
                          std::size_t rows) {
  if (reader.has(columns.target) && !reader.is_group(columns.target)) return columns.target;
  if (columns.target == config::Target().column && reader.has("label")) return "label";
  refuse_missing_dataset(reader, path, columns.target, rows,
                         "data.target.column names that of the labels, a number a row");
}

std::map<std::string, std::string> recorded_texts(const hdf5::Reader& reader) {
  std::map<std::string, std::string> texts;
  for (const std::string& name : clip_record_names()) {
    if (reader.has_attribute("/", name)) texts[name] = reader.text_attribute("/", name);
  }
  return texts;
}

SegmentTable read_hdf5_table(const fs::path& path, const TrackColumns& columns) {
  const hdf5::Reader reader(hdf5::harmless(path));
  if (!reader.has_attribute("/", "format") || reader.text_attribute("/", "format") != format_name) {
    throw Error("is an HDF5 file of another kind", path.string(), "make it with musicmem import TABLE.csv");
  }
  const auto ids = reader.strings("YT_id");
  const auto segments = reader.integers("segment_idx");
  const auto augments = reader.strings("augment_type");
  const std::size_t rows = ids.size();
  const std::string target = label_dataset(reader, path, columns, rows);
  const auto labels = reader.doubles(target);
  const auto values = reader.doubles("features");
  const auto names = reader.texts_attribute("features", "columns");
  std::vector<std::string> groups;
  std::vector<std::int64_t> folds;
  if (!columns.group.empty() && reader.has(columns.group)) groups = reader.strings(columns.group);
  if ((columns.needs_fold || columns.reads_fold) && reader.has("fold")) folds = reader.integers("fold");
  std::vector<double> weights;
  if (!columns.weight.empty()) {
    if (!reader.has(columns.weight) || reader.is_group(columns.weight))
      refuse_missing_dataset(reader, path, columns.weight, rows, "weights are a number a row");
    weights = reader.doubles(columns.weight);
  }
  if (columns.needs_group && groups.empty())
    refuse_missing_dataset(reader, path, columns.group, rows, "groups are a text a row");
  if (columns.needs_fold && folds.empty())
    throw Error("has no folds", path.string(), "add a dataset fold, of a whole number a row");
  if (segments.size() != rows || augments.size() != rows || labels.size() != rows || names.empty() ||
      values.size() != rows * names.size() || (!groups.empty() && groups.size() != rows) ||
      (!folds.empty() && folds.size() != rows) || (!weights.empty() && weights.size() != rows)) {
    throw Error("its datasets have different lengths", path.string(),
                "make it again with musicmem import TABLE.csv");
  }
  TableBuilder builder(names, columns, rows);
  for (std::size_t row = 0; row < rows; ++row) {
    const std::span<const double> features(values.data() + row * names.size(), names.size());
    const std::string place = path.string() + ", row " + std::to_string(row);
    if (!std::all_of(features.begin(), features.end(), [](double x) { return std::isfinite(x); })) {
      throw Error("a feature is not a finite number", place);
    }
    Label label{ids[row], labels[row]};
    if (!columns.range.holds(label.score)) {
      throw Error(outside_text(target, format_number(label.score), columns.range), place,
                  "give the track's score");
    }
    if (!groups.empty()) label.group = as_seen(groups[row]);
    if (!groups.empty() && label.group.empty()) throw Error("a row has an empty group", place);
    if (!folds.empty()) label.fold = static_cast<int>(std::clamp<std::int64_t>(folds[row], -1, 100000));
    if (!folds.empty() && label.fold < 0) throw Error("a fold is negative", place, "count folds from 0");
    if (!weights.empty()) label.weight = weights[row];
    if (!(label.weight > 0.0) || !std::isfinite(label.weight))
      throw Error(columns.weight + " is no weight", place, "give a number above 0");
    builder.add(label, static_cast<int>(segments[row]), augments[row], features, place);
  }
  return builder.take(path, recorded_texts(reader));
}

}  // namespace

SegmentTable read_segment_table(const fs::path& path, std::string* note, const TrackColumns& columns) {
  std::string ignored;
  return is_hdf5(path) ? read_hdf5_table(path, columns)
                       : read_csv_table(path, columns, note != nullptr ? *note : ignored);
}

SegmentTable with_published_ids(SegmentTable table) {
  std::map<std::string, std::string> owner;
  for (std::string& track : table.tracks) {
    const std::string id = clip_id(track);
    const auto [found, is_new] = owner.emplace(id, track);
    if (!is_new) {
      throw Error("tracks '" + found->second + "' and '" + track + "' have the same id, '" + id + "'", "",
                  "rename one of them: the published layout tells tracks apart by their ids");
    }
    track = id;
  }
  return table;
}

std::string to_csv(const SegmentTable& table) {
  std::string text = "YT_id,segment_idx,augment_type";
  if (!table.groups.empty()) text.append(",").append(csv_field(table.group_column));
  if (!table.given_folds.empty()) text += ",fold";
  if (!table.weights.empty()) text.append(",").append(csv_field(table.weight_column));
  const auto clip = recorded_clip(table.clip.value_or(config::ClipGeometry{}));
  for (const auto& [name, value] : clip) text.append(",").append(name);
  for (const std::string& column : table.columns) text.append(",").append(csv_field(column));
  text.append(",").append(csv_field(table.label_column)).append("\n");
  for (std::size_t row = 0; row < table.values.rows(); ++row) {
    const auto track = static_cast<std::size_t>(table.row_track[row]);
    text += csv_field(table.tracks[track]) + "," + std::to_string(table.row_segment[row]) + "," +
            augment_type(table.row_semitones[row]);
    if (!table.groups.empty()) text.append(",").append(csv_field(table.groups[track]));
    if (!table.given_folds.empty()) text.append(",").append(std::to_string(table.given_folds[track]));
    if (!table.weights.empty()) text.append(",").append(format_number(table.weights[track]));
    for (const auto& [name, value] : clip) text.append(",").append(value);
    for (const double value : table.values.row(row)) text.append(",").append(format_number(value));
    text.append(",").append(format_number(table.labels[track])).append("\n");
  }
  return text;
}

std::string to_hdf5(const SegmentTable& table) {
  std::vector<std::string> row_ids;
  std::vector<std::string> augments;
  std::vector<std::int64_t> segments(table.row_segment.begin(), table.row_segment.end());
  std::vector<double> labels;
  std::vector<std::string> groups;
  std::vector<std::int64_t> folds;
  std::vector<double> weights;
  for (std::size_t row = 0; row < table.values.rows(); ++row) {
    const auto track = static_cast<std::size_t>(table.row_track[row]);
    if (!table.weights.empty()) weights.push_back(table.weights[track]);
    if (!table.groups.empty()) groups.push_back(table.groups[track]);
    if (!table.given_folds.empty()) folds.push_back(table.given_folds[track]);
    row_ids.push_back(table.tracks[track]);
    augments.push_back(augment_type(table.row_semitones[row]));
    labels.push_back(table.labels[track]);
  }
  hdf5::ImageWriter writer;
  const std::uint64_t rows = table.values.rows();
  writer.attribute("/", "format", std::string(format_name));
  for (const auto& [name, value] : recorded_clip(table.clip.value_or(config::ClipGeometry{})))
    writer.attribute("/", name, value);
  writer.dataset("YT_id", row_ids);
  writer.dataset("segment_idx", segments, {rows});
  writer.dataset("augment_type", augments);
  if (!groups.empty()) writer.dataset(table.group_column, groups);
  if (!folds.empty()) writer.dataset("fold", folds, {rows});
  if (!weights.empty()) writer.dataset(table.weight_column, weights, {rows});
  writer.dataset(table.label_column, labels, {rows});
  if (table.label_column == SegmentTable().label_column)
    writer.attribute("label", "unit", std::string("share of listeners who recognised the clip"));
  writer.dataset("features", table.values.values(), {rows, table.columns.size()});
  writer.attribute("features", "columns", table.columns);
  return writer.bytes();
}

}  // namespace musicmem::data
