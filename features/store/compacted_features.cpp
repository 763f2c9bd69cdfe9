// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/store/compacted_features.h"

#include "config/io_error.h"

#include <algorithm>
#include <utility>

namespace musicmem::features {
namespace {

using data::hdf5::Reader;
using data::hdf5::Shape;
using Number = data::hdf5::FileWriter::Number;

constexpr std::string_view kind = "feature table";

// Row by row as they are stored: the shard's checksum says that its rows are whole.
bool dataset_is_same(const Reader& file, const Reader& shard, const std::string& name, std::size_t samples,
                     std::size_t first) {
  const std::string storage = file.row_storage(name);
  return !storage.empty() && storage == shard.row_storage(name) && shard.shape(name).at(0) == samples &&
         file.stored_rows(name, first, samples) == shard.stored_rows(name, 0, samples);
}

}  // namespace

CompactedFeatures::CompactedFeatures(Reader file)
    : file_(std::move(file)), samples_(SampleList::read(file_)) {}

std::shared_ptr<const CompactedFeatures> CompactedFeatures::open(const std::filesystem::path& path,
                                                                 const std::string& content,
                                                                 data::KnownFiles& known) {
  try {
    Reader file(path);
    if (known.seal_state(file.descriptor(), path, kind, content) != data::SealState::good) return nullptr;
    return std::shared_ptr<const CompactedFeatures>(new CompactedFeatures(std::move(file)));
  } catch (const IoError&) {
    throw;
  } catch (const Error&) {  // none, or one that is damaged
    return nullptr;
  }
}

std::vector<std::string> CompactedFeatures::columns(const std::string& dataset) const {
  return file_.texts_attribute(dataset, "columns");
}

std::vector<double> CompactedFeatures::doubles(const std::string& dataset) const {
  return file_.doubles(dataset);
}

std::vector<double> CompactedFeatures::doubles(const std::string& dataset, std::size_t first,
                                               std::size_t count) const {
  return file_.double_rows(dataset, first, count);
}

Shape CompactedFeatures::shape(const std::string& dataset) const {
  return file_.shape(dataset);
}

std::vector<float> CompactedFeatures::float_sample(const std::string& dataset, std::size_t sample) const {
  return file_.float_row(dataset, sample);
}

bool CompactedFeatures::holds(const FeatureShard& shard, std::size_t first) const {
  const std::size_t samples = shard.samples().tracks.size();
  if (samples_.part(first, samples) != shard.samples()) return false;
  if (feature_datasets(file_) != shard.datasets()) return false;
  return std::ranges::all_of(shard.datasets(), [&](const std::string& name) {
    return ArrayDescription::read(file_, name) == ArrayDescription::read(shard.file(), name) &&
           dataset_is_same(file_, shard.file(), name, samples, first);
  });
}

Compaction::Compaction(const std::filesystem::path& path, std::string name, const StoreKey& key,
                       const FeatureShard& first, std::size_t shards)
    : path_(path),
      writer_(path, std::move(name)),
      datasets_(first.datasets()),
      samples_per_shard_(first.samples().tracks.size()) {
  describe_file(writer_, key, std::string(kind));
  for (const std::string& dataset : datasets_) lay_out(first, dataset, shards);
}

void Compaction::lay_out(const FeatureShard& first, const std::string& dataset, std::size_t shards) {
  Shape shape = first.file().shape(dataset);
  shape.at(0) = samples_per_shard_ * shards;
  const bool is_single = first.file().is_single_precision(dataset);
  writer_.empty_dataset(dataset, is_single ? Number::f32 : Number::f64, shape);
  storage_.push_back(writer_.row_storage(dataset));
  ArrayDescription::read(first.file(), dataset).write(writer_, dataset);
}

void Compaction::add(const FeatureShard& shard) {
  for (std::size_t d = 0; d < datasets_.size(); ++d) {
    const std::string& dataset = datasets_[d];
    if (shard.file().row_storage(dataset) != storage_[d] ||
        shard.file().shape(dataset).at(0) != samples_per_shard_)
      throw Error("dataset '" + dataset + "' has another shape", shard.name(), "prepare with --fresh");
    const std::vector<data::hdf5::StoredRow> rows = shard.file().stored_rows(dataset, 0, samples_per_shard_);
    for (std::size_t sample = 0; sample < rows.size(); ++sample)
      writer_.write_row(dataset, samples_.tracks.size() + sample, rows[sample]);
  }
  samples_.append(shard.samples());
}

CompactedFeatures Compaction::finish() {
  samples_.write(writer_);
  writer_.close();
  return CompactedFeatures(Reader(path_));
}

void Compaction::seal(const std::string& content) const {
  data::seal_file(path_, kind, content);
}

}  // namespace musicmem::features
