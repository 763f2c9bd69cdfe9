// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/sources/array_files.h"

#include "config/counted.h"
#include "config/error.h"
#include "data/files/csv.h"
#include "data/files/durable_file.h"
#include "data/files/file_reading.h"
#include "data/files/names.h"
#include "data/files/zip_reader.h"
#include "data/hdf5/hdf5.h"
#include "data/hdf5/hdf5_trial.h"
#include "features/sources/array_rows.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include <fmt/ranges.h>

namespace musicmem::features {
namespace {

namespace fs = std::filesystem;

// The names by which a set may know a track, the surest first.
std::vector<std::string> names_of(const std::string& track) {
  const std::string path = data::nfc(track);
  const std::size_t dot = path.rfind('.');
  const std::size_t slash = path.rfind('/');
  const bool has_extension = dot != std::string::npos && (slash == std::string::npos || dot > slash);
  std::vector<std::string> names = {path, has_extension ? path.substr(0, dot) : path};
  for (const std::string& name : {data::without_folder(path), data::stem_of(data::without_folder(path))}) {
    if (std::ranges::find(names, name) == names.end()) names.push_back(name);
  }
  return names;
}

// Where one set's arrays lie: by pitch variant and name.
class ArrayFiles {
 public:
  virtual ~ArrayFiles() = default;

  // The rows under a name that `names` lists, and the file that they are in.
  virtual ArrayRows rows(int semitones, const std::string& name) const = 0;
  virtual fs::path file(int semitones, const std::string& name) const = 0;
  // What was read otherwise than it is written; "" for nothing.
  virtual std::string note() const { return ""; }

  const std::set<std::string>& names(int semitones) const {
    static const std::set<std::string> none;
    const auto found = names_.find(semitones);
    return found == names_.end() ? none : found->second;
  }

 protected:
  void add_name(int semitones, const std::string& name) { names_[semitones].insert(name); }

  // "<n>_semitones/rest" as n and rest; 0 and all of it otherwise.
  static std::pair<int, std::string> split_variant(const std::string& path) {
    const std::size_t slash = path.find('/');
    if (slash == std::string::npos || !path.substr(0, slash).ends_with("_semitones")) return {0, path};
    return {data::semitones_of(path.substr(0, slash)), path.substr(slash + 1)};
  }

 private:
  std::map<int, std::set<std::string>> names_;
};

class Hdf5Arrays : public ArrayFiles {
 public:
  explicit Hdf5Arrays(const config::FeatureSource& source)
      : source_(source), reader_(data::hdf5::harmless(source.source)) {
    if (list_packed("", 0)) {
      for (const std::string& child : reader_.children("/")) {
        if (child.ends_with("_semitones")) list_packed(child + "/", data::semitones_of(child));
      }
    } else {
      list("");
    }
  }

  ArrayRows rows(int semitones, const std::string& name) const override {
    const Place& place = place_of_.at({semitones, name});
    const std::string where = source_.source.string() + ", " + (place.row ? name : place.dataset);
    data::hdf5::Shape shape = reader_.shape(place.dataset);
    if (!place.row) return rows_of_array({shape, reader_.doubles(place.dataset)}, source_.reading, where);
    shape.erase(shape.begin());
    return rows_of_array({shape, reader_.double_row(place.dataset, *place.row)}, source_.reading, where);
  }
  fs::path file(int, const std::string&) const override { return source_.source; }

 private:
  struct Place {
    std::string dataset;
    std::optional<std::size_t> row;  // along the first dimension; none: all of it
  };

  // `embeddings` beside `tracks` in a group, whose path ends with a slash; false where they are not there.
  bool list_packed(const std::string& group, int semitones) {
    if (!reader_.has(group + "embeddings") || !reader_.has(group + "tracks")) return false;
    const std::vector<std::string> tracks = reader_.strings(group + "tracks");
    const data::hdf5::Shape shape = reader_.shape(group + "embeddings");
    if (shape.empty() || shape[0] != tracks.size())
      throw Error("its datasets tracks and embeddings have different lengths", source_.source.string(),
                  "write a row of embeddings for each track");
    for (std::size_t row = 0; row < tracks.size(); ++row) {
      const std::string name = data::nfc(tracks[row]);
      if (!place_of_.emplace(std::pair(semitones, name), Place{group + "embeddings", row}).second)
        throw Error("track '" + tracks[row] + "' is there twice", source_.source.string(),
                    "keep one of them");
      add_name(semitones, name);
    }
    return true;
  }

  void list(const std::string& group, int depth = 0) {
    constexpr int deepest = 16;  // links may lead in a circle
    if (depth > deepest) throw Error("has groups within groups without end", source_.source.string());
    for (const std::string& child : reader_.children(group.empty() ? "/" : group)) {
      const std::string path = group.empty() ? child : group + "/" + child;
      if (reader_.is_group(path)) {
        list(path, depth + 1);
        continue;
      }
      const auto [semitones, name] = split_variant(path);
      place_of_[{semitones, data::nfc(name)}] = {path, std::nullopt};
      add_name(semitones, data::nfc(name));
    }
  }

  const config::FeatureSource& source_;
  data::hdf5::Reader reader_;
  std::map<std::pair<int, std::string>, Place> place_of_;
};

class FolderOfArrays : public ArrayFiles {
 public:
  explicit FolderOfArrays(const config::FeatureSource& source) : source_(source) {
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(source.source)) {
      const std::string extension = entry.path().extension().string();
      if (!entry.is_regular_file() || (extension != ".npy" && extension != ".npz") ||
          data::is_companion_name(entry.path().filename().string()))
        continue;
      fs::path relative = entry.path().lexically_relative(source.source);
      const auto [semitones, name] = split_variant(relative.replace_extension().generic_string());
      const auto [known, is_new] = file_of_.emplace(std::pair(semitones, data::nfc(name)), entry.path());
      if (!is_new) {
        throw Error("is there beside " + known->second.filename().string(), entry.path().string(),
                    "keep one of the two");
      }
      add_name(semitones, data::nfc(name));
    }
    if (file_of_.empty())
      throw Error("holds no .npy or .npz file", source.source.string(), "save an array for each track there");
  }

  ArrayRows rows(int semitones, const std::string& name) const override {
    const fs::path path = file(semitones, name);
    const std::string bytes = path.extension() == ".npz" ? bytes_in_archive(path) : data::read_file(path);
    return rows_of_array(data::parse_npy(bytes, path.string()), source_.reading, path.string());
  }
  fs::path file(int semitones, const std::string& name) const override {
    return file_of_.at({semitones, name});
  }

 private:
  std::string bytes_in_archive(const fs::path& file) const {
    data::ZipReader archive(file);
    const std::vector<data::ZipRecord> records = archive.open_directory();
    if (source_.array.empty()) {
      if (records.size() == 1) return archive.read(0);
      throw Error("holds " + counted(records.size(), "array"), file.string(), "name one of them: set array");
    }
    for (std::size_t i = 0; i < records.size(); ++i) {
      if (records[i].name == source_.array + ".npy") return archive.read(i);
    }
    throw Error("holds no array '" + source_.array + "'", file.string(), "set array to the name of one");
  }

  const config::FeatureSource& source_;
  std::map<std::pair<int, std::string>, fs::path> file_of_;
};

class CsvRows : public ArrayFiles {
 public:
  explicit CsvRows(const config::FeatureSource& source)
      : csv_(source.source, {"track", "segment_idx", "augment_type"}) {
    const std::size_t track = csv_.column("track");
    const auto segment = csv_.find_column("segment_idx");
    const auto augment = csv_.find_column("augment_type");
    for (std::size_t c = 0; c < csv_.header().size(); ++c) {
      const bool is_feature = c != track && c != segment && c != augment && !csv_.header()[c].empty();
      if (is_feature) columns_.push_back(csv_.column(csv_.header()[c]));
    }
    if (columns_.empty())
      throw Error("has no column of features", source.source.string(), "add a column for each feature");
    for (std::size_t row = 0; row < csv_.rows(); ++row) {
      const int semitones = augment ? data::semitones_of(csv_.field(row, *augment)) : 0;
      const std::string name = data::nfc(csv_.field(row, track));
      if (!rows_[{semitones, name}].emplace(segment ? segment_number(row, *segment) : 0, row).second)
        throw Error("'" + name + "' was already given", csv_.place(row), "keep one of the two rows");
      add_name(semitones, name);
    }
  }

  ArrayRows rows(int semitones, const std::string& name) const override {
    ArrayRows rows;
    for (const std::size_t column : columns_) rows.columns.push_back(csv_.header()[column]);
    std::vector<double> values(columns_.size());
    for (const auto& [segment, row] : rows_.at({semitones, name})) {
      rows.segments.push_back(segment);
      std::ranges::transform(columns_, values.begin(),
                             [&, row = row](std::size_t column) { return csv_.number(row, column); });
      rows.values.append_row(values);
    }
    return rows;
  }
  fs::path file(int, const std::string&) const override { return csv_.path(); }
  std::string note() const override { return csv_.note(); }

 private:
  int segment_number(std::size_t row, std::size_t column) const {
    constexpr double most = 1e6;
    const double value = csv_.number(row, column);
    if (value == std::floor(value) && value >= 0.0 && value <= most) return static_cast<int>(value);
    throw Error("segment_idx " + csv_.field(row, column) + " is not a whole number", csv_.place(row),
                "count from 1");
  }

  data::CsvFile csv_;
  std::vector<std::size_t> columns_;
  std::map<std::pair<int, std::string>, std::map<int, std::size_t>> rows_;  // by segment
};

// A table's rows are taken as they are.
void refuse_reading_of_table(const config::FeatureSource& source) {
  const config::ArrayReading plain;
  const char* const setting = source.reading.layer != plain.layer ? "layer"
                              : source.reading.pool != plain.pool ? "pool"
                              : source.reading.per != plain.per   ? "per"
                              : source.array.empty()              ? nullptr
                                                                  : "array";
  if (setting == nullptr) return;
  throw Error(std::string("is a table, which has nothing for ") + setting + " to choose",
              source.source.string(), "leave it out; segments are told by a column segment_idx");
}

std::unique_ptr<ArrayFiles> open_arrays(const config::FeatureSource& source) {
  std::error_code unknown;
  if (fs::is_directory(source.source, unknown)) return std::make_unique<FolderOfArrays>(source);
  if (data::is_hdf5(source.source)) {
    if (source.array.empty()) return std::make_unique<Hdf5Arrays>(source);
    throw Error("is HDF5, and array names one of an .npz file", source.source.string(), "leave it out");
  }
  const std::string extension = source.source.extension().string();
  if (extension == ".npy" || extension == ".npz")
    throw Error("is one array, which does not say what track it is of", source.source.string(),
                "give a folder with an array for each track");
  refuse_reading_of_table(source);
  return std::make_unique<CsvRows>(source);
}

// Which names of the set belong to which tracks.
class Matching {
 public:
  Matching(const ArrayFiles& files, const data::SegmentTable& tracks) : files_(files) {
    for (const std::string& track : tracks.tracks)
      ++stems_[data::stem_of(data::without_folder(data::nfc(track)))];
  }

  std::optional<std::string> find(const std::string& track, int semitones) {
    const std::set<std::string>& there = files_.names(semitones);
    for (const std::string& name : names_of(track)) {
      // A stem that two tracks share means neither.
      const bool is_path = name.find('/') != std::string::npos || track.find('/') == std::string::npos;
      if (!there.contains(name) || (!is_path && stems_[data::stem_of(name)] > 1)) continue;
      used_.insert(name);
      return name;
    }
    return std::nullopt;
  }

  std::vector<std::string> surplus() const {
    std::vector<std::string> names;
    std::ranges::set_difference(files_.names(0), used_, std::back_inserter(names));
    return names;
  }

 private:
  const ArrayFiles& files_;
  std::map<std::string, int> stems_;  // of tracks
  std::set<std::string> used_;
};

// Gathers the rows of a table.
class RowGatherer {
 public:
  RowGatherer(const ArrayRequest& request, fs::path source) : source_(std::move(source)) {
    table_.tracks = request.tracks.tracks;
    table_.labels = request.tracks.labels;
  }

  void add(int track, int semitones, const ArrayRows& rows, const std::string& name) {
    if (first_.empty()) {
      table_.columns = rows.columns;
      first_ = name;
    }
    if (rows.columns != table_.columns) {
      throw Error("'" + name + "' has " + counted(rows.columns.size(), "column") + ", '" + first_ + "' has " +
                      std::to_string(table_.columns.size()),
                  source_.string(), "make all arrays of a set the same way");
    }
    for (std::size_t r = 0; r < rows.values.rows(); ++r) {
      table_.values.append_row(rows.values.row(r));
      table_.row_track.push_back(track);
      table_.row_segment.push_back(rows.segments[r]);
      table_.row_semitones.push_back(semitones);
    }
  }

  data::SegmentTable take() { return std::move(table_); }

 private:
  fs::path source_;
  data::SegmentTable table_;
  std::string first_;  // name of the array that the columns are of
};

}  // namespace

struct ArraySet::State {
  struct Array {
    int track;
    int semitones;
    std::string name;
  };

  State(const config::FeatureSource& its_source, ArrayRequest its_request)
      : source(its_source), request(std::move(its_request)), files(open_arrays(source)) {
    Matching matching(*files, request.tracks);
    find(0, matching);
    has_variants = std::ranges::any_of(request.semitones, [&](int n) { return !files->names(n).empty(); });
    for (const int semitones : request.semitones) {
      if (has_variants) find(semitones, matching);
    }
    if (!files->note().empty()) notes.push_back(files->note());
    const std::vector<std::string> surplus = matching.surplus();
    if (surplus.empty()) return;
    notes.push_back(source.source.string() + ": " + counted(surplus.size(), "array") +
                    " of no track left out, such as " + surplus[0]);
  }

  void find(int semitones, Matching& matching) {
    std::vector<std::string> missing;
    for (std::size_t track = 0; track < request.tracks.tracks.size(); ++track) {
      const std::string& name = request.tracks.tracks[track];
      if (const auto found = matching.find(name, semitones)) {
        arrays.push_back({static_cast<int>(track), semitones, *found});
      } else {
        missing.push_back(name);
      }
    }
    if (missing.empty()) return;
    constexpr std::size_t most_named = 5;
    throw Error(
        fmt::format(
            "feature set {} lacks {} of {} ({}), such as {}", request.set, counted(missing.size(), "track"),
            request.tracks.tracks.size(), data::augment_type(semitones),
            fmt::join(missing.begin(),
                      missing.begin() + static_cast<std::ptrdiff_t>(std::min(missing.size(), most_named)),
                      ", ")),
        source.source.string(), "add what is missing, or remove the tracks from the labels");
  }

  const config::FeatureSource& source;
  ArrayRequest request;
  std::unique_ptr<ArrayFiles> files;
  std::vector<Array> arrays;  // by variant, then track
  bool has_variants = false;
  std::vector<std::string> notes;
};

ArraySet::ArraySet(const config::FeatureSource& source, ArrayRequest request)
    : state_(std::make_unique<State>(source, std::move(request))) {}
ArraySet::~ArraySet() = default;
ArraySet::ArraySet(ArraySet&&) noexcept = default;

bool ArraySet::has_variants() const {
  return state_->has_variants;
}

const std::vector<std::string>& ArraySet::notes() const {
  return state_->notes;
}

std::vector<fs::path> ArraySet::files(bool with_variants) const {
  std::vector<fs::path> files;
  std::set<fs::path> known;
  for (const State::Array& array : state_->arrays) {
    if (array.semitones != 0 && !with_variants) continue;
    fs::path file = state_->files->file(array.semitones, array.name);
    if (known.insert(file).second) files.push_back(std::move(file));
  }
  return files;
}

data::SegmentTable ArraySet::read() const {
  RowGatherer rows(state_->request, state_->source.source);
  for (const auto& [track, semitones, name] : state_->arrays)
    rows.add(track, semitones, state_->files->rows(semitones, name), name);
  return rows.take();
}

std::vector<std::string> array_names(const config::FeatureSource& source) {
  const std::unique_ptr<ArrayFiles> files = open_arrays(source);
  const std::set<std::string>& names = files->names(0);
  return {names.begin(), names.end()};
}

}  // namespace musicmem::features
