// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/store/compacted_features.h"

#include "config/io_error.h"

#include <algorithm>
#include <cstring>
#include <span>
#include <utility>

namespace musicmem::features {
namespace {

using data::hdf5::Reader;
using data::hdf5::Shape;
using Number = data::hdf5::FileWriter::Number;

constexpr std::string_view kind = "feature table";

// Bit by bit: a NaN equals itself.
template <typename T>
bool are_same(const std::vector<T>& row, std::span<const T> expected) {
  return row.size() == expected.size() &&
         std::memcmp(row.data(), expected.data(), expected.size_bytes()) == 0;
}

// `values`: [samples] x shape, of which sample i is row `first` + i of the other file.
template <typename T, typename ReadRow>
bool rows_are_same(const std::vector<T>& values, std::size_t samples, std::size_t first, ReadRow read_row) {
  const std::size_t size = values.size() / samples;
  for (std::size_t sample = 0; sample < samples; ++sample) {
    if (!are_same<T>(read_row(first + sample), std::span(values).subspan(sample * size, size))) return false;
  }
  return true;
}

bool dataset_is_same(const Reader& file, const Reader& shard, const std::string& name, std::size_t samples,
                     std::size_t first) {
  Shape shape = file.shape(name);
  Shape expected = shard.shape(name);
  shape.at(0) = expected.at(0) = samples;
  if (shape != expected || file.is_single_precision(name) != shard.is_single_precision(name)) return false;
  if (file.is_single_precision(name)) {
    return rows_are_same(shard.floats(name), samples, first,
                         [&](std::size_t row) { return file.float_row(name, row); });
  }
  return rows_are_same(shard.doubles(name), samples, first,
                       [&](std::size_t row) { return file.double_row(name, row); });
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
  single_.push_back(first.file().is_single_precision(dataset));
  writer_.empty_dataset(dataset, single_.back() ? Number::f32 : Number::f64, shape);
  ArrayDescription::read(first.file(), dataset).write(writer_, dataset);
}

void Compaction::add(const FeatureShard& shard) {
  for (std::size_t d = 0; d < datasets_.size(); ++d) {
    if (single_[d]) {
      write_rows(datasets_[d], shard.file().floats(datasets_[d]), shard.name());
    } else {
      write_rows(datasets_[d], shard.file().doubles(datasets_[d]), shard.name());
    }
  }
  samples_.append(shard.samples());
}

template <typename T>
void Compaction::write_rows(const std::string& dataset, const std::vector<T>& values,
                            const std::string& shard) {
  if (values.size() % samples_per_shard_ != 0)
    throw Error("dataset '" + dataset + "' has another shape", shard);
  const std::size_t size = values.size() / samples_per_shard_;
  for (std::size_t sample = 0; sample < samples_per_shard_; ++sample) {
    writer_.write_row(dataset, samples_.tracks.size() + sample,
                      std::span<const T>(values).subspan(sample * size, size));
  }
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
