// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/feature_store.h"

#include "config/error.h"
#include "data/durable_file.h"
#include "data/hash.h"
#include "data/segment_table.h"

#include <algorithm>
#include <optional>
#include <string_view>

namespace musicmem::features {
namespace {

namespace fs = std::filesystem;
using data::hdf5::Shape;

constexpr std::string_view shard_kind = "feature shard";
constexpr std::string_view compacted_kind = "feature table";

Shape with_samples(std::size_t samples, const Shape& shape) {
  Shape whole = {samples};
  whole.insert(whole.end(), shape.begin(), shape.end());
  return whole;
}

void describe(data::hdf5::Writer& writer, const SampleArray& array) {
  writer.attribute(array.name, "meaning", array.meaning);
  if (!array.unit.empty()) writer.attribute(array.name, "unit", array.unit);
  if (!array.columns.empty()) writer.attribute(array.name, "columns", array.columns);
}

void describe_file(data::hdf5::Writer& writer, const StoreKey& key, const std::string& kind) {
  writer.attribute("/", "format", "musicmem " + kind);
  writer.attribute("/", "feature_set", to_string(key.set));
  writer.attribute("/", "parameters", key.parameters);
  for (const auto& [name, text] : key.notes) writer.attribute("/", name, text);
}

void write_samples(data::hdf5::Writer& writer, const std::vector<std::string>& tracks,
                   const std::vector<int>& semitones, const std::vector<std::string>& adjustments) {
  std::vector<std::string> augment_types;
  std::transform(semitones.begin(), semitones.end(), std::back_inserter(augment_types), data::augment_type);
  writer.dataset("track", tracks);
  writer.attribute("track", "meaning", std::string("file name of the clip of each sample"));
  writer.dataset("augment_type", augment_types);
  writer.attribute("augment_type", "meaning", std::string("original, or the pitch shift of each sample"));
  writer.dataset("semitones", std::vector<std::int64_t>(semitones.begin(), semitones.end()),
                 {semitones.size()});
  writer.attribute("semitones", "unit", std::string("semitones of pitch shift, 0 for the original"));
  writer.dataset("adjustment", adjustments);
  writer.attribute("adjustment", "meaning", std::string("how the file's length was brought to 5 s"));
}

std::string shard_image(const StoreKey& key, const PreparedClip& clip) {
  const std::size_t samples = clip.semitones.size();
  data::hdf5::ImageWriter writer;
  describe_file(writer, key, "feature shard");
  write_samples(writer, std::vector<std::string>(samples, clip.track), clip.semitones,
                std::vector<std::string>(samples, clip.adjustment));
  for (const SampleArray& array : clip.arrays) {
    std::visit(
        [&](const auto& values) {
          writer.dataset(array.name, values, with_samples(samples, array.shape),
                         {with_samples(1, array.shape)});
        },
        array.values);
    describe(writer, array);
  }
  return writer.bytes();
}

// The arrays of a shard without their values, to lay out the compacted file alike.
struct ShardReader {
  ShardReader(const fs::path& path, std::string_view bytes)
      : reader(bytes, path.string()), name(path.string()) {
    tracks = reader.strings("track");
    for (const std::int64_t n : reader.integers("semitones")) semitones.push_back(static_cast<int>(n));
    adjustments = reader.strings("adjustment");
    for (const std::string& child : reader.children("/")) {
      if (child != "track" && child != "augment_type" && child != "semitones" && child != "adjustment") {
        datasets.push_back(child);
      }
    }
  }

  data::hdf5::Reader reader;
  std::string name;
  std::vector<std::string> tracks;
  std::vector<int> semitones;
  std::vector<std::string> adjustments;
  std::vector<std::string> datasets;
};

// Streams shards into one file: the datasets are laid out after the first shard.
class Compaction {
 public:
  Compaction(const fs::path& path, const StoreKey& key, const ShardReader& first, std::size_t shards)
      : writer_(path), datasets_(first.datasets) {
    describe_file(writer_, key, "feature table");
    for (const std::string& name : datasets_) {
      Shape shape = first.reader.shape(name);
      samples_per_shard_ = shape.at(0);
      single_.push_back(first.reader.is_single_precision(name));
      shape[0] = samples_per_shard_ * shards;
      Shape chunk = shape;
      chunk[0] = 1;
      writer_.empty_dataset(name, single_.back() ? Number::f32 : Number::f64, shape, {chunk});
      for (const char* attribute : {"meaning", "unit"}) {
        if (first.reader.has_attribute(name, attribute)) {
          writer_.attribute(name, attribute, first.reader.text_attribute(name, attribute));
        }
      }
      if (first.reader.has_attribute(name, "columns")) {
        writer_.attribute(name, "columns", first.reader.texts_attribute(name, "columns"));
      }
    }
  }

  void add(const ShardReader& shard) {
    for (std::size_t d = 0; d < datasets_.size(); ++d) {
      if (single_[d]) {
        write_rows(datasets_[d], shard.reader.floats(datasets_[d]), shard.name);
      } else {
        write_rows(datasets_[d], shard.reader.doubles(datasets_[d]), shard.name);
      }
    }
    tracks_.insert(tracks_.end(), shard.tracks.begin(), shard.tracks.end());
    semitones_.insert(semitones_.end(), shard.semitones.begin(), shard.semitones.end());
    adjustments_.insert(adjustments_.end(), shard.adjustments.begin(), shard.adjustments.end());
  }

  void finish() {
    write_samples(writer_, tracks_, semitones_, adjustments_);
    writer_.close();
  }

 private:
  using Number = data::hdf5::Writer::Number;

  template <typename T>
  void write_rows(const std::string& dataset, const std::vector<T>& values, const std::string& shard) {
    if (values.size() % samples_per_shard_ != 0)
      throw Error("dataset '" + dataset + "' has another shape", shard);
    const std::size_t size = values.size() / samples_per_shard_;
    for (std::size_t sample = 0; sample < samples_per_shard_; ++sample) {
      writer_.write_row(dataset, tracks_.size() + sample,
                        std::span<const T>(values).subspan(sample * size, size));
    }
  }

  data::hdf5::FileWriter writer_;
  std::vector<std::string> datasets_;
  std::vector<bool> single_;
  std::uint64_t samples_per_shard_ = 1;
  std::vector<std::string> tracks_;
  std::vector<int> semitones_;
  std::vector<std::string> adjustments_;
};

// Identifies the shards that a compacted file is made of.
std::string content_hash(const std::vector<StoreEntry>& entries) {
  data::Hasher hasher;
  for (const StoreEntry& entry : entries) hasher.add(entry.name).add(entry.work_hash);
  return hasher.hex();
}

}  // namespace

FeatureStore::FeatureStore(const fs::path& root, StoreKey key)
    : directory_(root / key.hash), key_(std::move(key)) {}

fs::path FeatureStore::shard_path(const std::string& name) const {
  return directory_ / "shards" / (name + ".h5");
}

void FeatureStore::create() const {
  data::require_writable_directory(directory_);
  data::require_writable_directory(directory_ / "shards");
  const fs::path explanation = directory_ / "parameters.yaml";
  if (!fs::exists(explanation)) data::write_file_durably(explanation, key_.parameters);
}

data::SealState FeatureStore::shard_state(const StoreEntry& entry) const {
  return data::check_seal(shard_path(entry.name), shard_kind, entry.work_hash);
}

void FeatureStore::commit_shard(const StoreEntry& entry, const PreparedClip& clip) const {
  std::string image = shard_image(key_, clip);
  data::seal_image(image, shard_kind, entry.work_hash);
  data::write_file_durably(shard_path(entry.name), image);
}

std::string FeatureStore::read_shard(const StoreEntry& entry) const {
  std::string image = data::read_file(shard_path(entry.name));
  // A shard may have changed since it was looked at.
  if (data::check_image_seal(image, shard_kind, entry.work_hash) != data::SealState::good) {
    throw Error("was damaged or replaced while it was read", shard_path(entry.name).string(),
                "run the same command again; give studies of other audio a features.store of their own");
  }
  return image;
}

bool FeatureStore::compact(const std::vector<StoreEntry>& entries) const {
  const std::string content = content_hash(entries);
  if (entries.empty() ||
      data::check_seal(features_path(), compacted_kind, content) == data::SealState::good) {
    return false;
  }
  const fs::path temporary = data::temporary_name(features_path());
  try {
    std::optional<Compaction> compaction;
    for (const StoreEntry& entry : entries) {
      const std::string image = read_shard(entry);
      const ShardReader shard(shard_path(entry.name), image);
      if (!compaction) compaction.emplace(temporary, key_, shard, entries.size());
      compaction->add(shard);
    }
    compaction->finish();
    data::seal_file(temporary, compacted_kind, content);
    if (data::check_seal(temporary, compacted_kind, content) != data::SealState::good) {
      throw Error("does not read back as it was written", features_path().string());
    }
    data::commit_file(temporary, features_path());
  } catch (...) {
    fs::remove(temporary);
    require_space_for(entries);
    throw;
  }
  return true;
}

void FeatureStore::require_compacted(const std::vector<StoreEntry>& entries) const {
  if (data::check_seal(features_path(), compacted_kind, content_hash(entries)) == data::SealState::good)
    return;
  if (!fs::exists(features_path())) {
    throw Error("is not there yet", features_path().string(), "run `musicmem prepare` on the experiment");
  }
  throw Error("is not the table of this study's features", features_path().string(),
              "run `musicmem prepare` on the experiment; another study may have replaced it");
}

void FeatureStore::require_space_for(const std::vector<StoreEntry>& entries) const {
  std::error_code error;
  std::uintmax_t needed = 0;
  for (const StoreEntry& entry : entries) needed += fs::file_size(shard_path(entry.name), error);
  if (fs::space(directory_, error).available < needed && !error) {
    throw Error("cannot be written: No space left on device", features_path().string(),
                "free some space and run the same command again");
  }
}

CompactedFeatures::CompactedFeatures(const fs::path& path) : reader_(path) {
  tracks_ = reader_.strings("track");
  for (const std::int64_t n : reader_.integers("semitones")) semitones_.push_back(static_cast<int>(n));
  adjustments_ = reader_.strings("adjustment");
}

std::vector<std::string> CompactedFeatures::columns(const std::string& dataset) const {
  return reader_.texts_attribute(dataset, "columns");
}

std::vector<double> CompactedFeatures::doubles(const std::string& dataset) const {
  return reader_.doubles(dataset);
}

Shape CompactedFeatures::shape(const std::string& dataset) const {
  return reader_.shape(dataset);
}

std::vector<float> CompactedFeatures::float_sample(const std::string& dataset, std::size_t sample) const {
  return reader_.float_row(dataset, sample);
}

}  // namespace musicmem::features
