// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "features/store/feature_shard.h"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace musicmem::features {

// The samples of many clips in one file, which training reads: their tracks and pitches, and whole datasets.
class CompactedFeatures {
 public:
  // Opens the file and checks its seal through the same handle, so that what is read is what
  // was checked, though the file be removed or another put in its place. Null unless a whole
  // file of this content lies at `path`. It is not read where its seal is `known`.
  static std::shared_ptr<const CompactedFeatures> open(const std::filesystem::path& path,
                                                       const std::string& content, data::KnownFiles& known);

  std::size_t samples() const { return samples_.tracks.size(); }
  const std::vector<std::string>& tracks() const { return samples_.tracks; }    // of each sample
  const std::vector<int>& semitones() const { return samples_.semitones; }      // of each sample
  const std::vector<std::string>& remarks() const { return samples_.remarks; }  // ClipRemarks::text()
  std::vector<std::string> columns(const std::string& dataset) const;
  // [samples] x shape.
  std::vector<double> doubles(const std::string& dataset) const;
  // Of `count` samples from `first` on.
  std::vector<double> doubles(const std::string& dataset, std::size_t first, std::size_t count) const;
  data::hdf5::Shape shape(const std::string& dataset) const;
  // Of one sample.
  std::vector<float> float_sample(const std::string& dataset, std::size_t sample) const;

  // Whether the samples from `first` on are those of the shard, bit by bit.
  bool holds(const FeatureShard& shard, std::size_t first) const;

 private:
  friend class Compaction;
  explicit CompactedFeatures(data::hdf5::Reader file);

  data::hdf5::Reader file_;
  SampleList samples_;
};

// Streams shards into one file, row by row as they are stored: the datasets are laid out after the first shard.
class Compaction {
 public:
  // `path` is a temporary name; errors call the file `name`.
  Compaction(const std::filesystem::path& path, std::string name, const StoreKey& key,
             const FeatureShard& first, std::size_t shards);

  void add(const FeatureShard& shard);

  // Closes the file and opens it anew, to be held against what it was made from. Throws Error where something
  // could not be written.
  CompactedFeatures finish();

  // Seals what finish() has left.
  void seal(const std::string& content) const;

 private:
  void lay_out(const FeatureShard& first, const std::string& dataset, std::size_t shards);

  std::filesystem::path path_;
  data::hdf5::FileWriter writer_;
  std::vector<std::string> datasets_;
  std::vector<std::string> storage_;  // hdf5_rows.h, by dataset
  std::size_t samples_per_shard_ = 1;
  SampleList samples_;
};

}  // namespace musicmem::features
