// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/experiment.h"
#include "data/sealed_file.h"
#include "features/sample_array.h"

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace musicmem::features {

// What was computed how: everything that a feature's value depends on besides the audio, as text for people
// and as the name of the store's directory.
struct StoreKey {
  config::FeatureSet set;
  std::string parameters;  // "name: value" lines, the algorithm's version among them
  std::string hash;        // of the parameters

  // What a reader of the numbers must know, as attributes of the files: name and text.
  std::vector<std::pair<std::string, std::string>> notes;
};

// Reads the separator and the emotion weights, if the settings name them: their bytes are part of the key.
StoreKey store_key(config::FeatureSet set, const config::Experiment& experiment);

// A clip as the store knows it.
struct StoreEntry {
  std::string name;       // of the shard, without .h5
  std::string work_hash;  // of the audio's bytes and the parameters
};

// One directory of features: <root>/<hash>/shards/<clip>.h5, one immutable file per clip, and features.h5,
// which is compacted from them and is what training reads. Every commit is a rename; every file carries a
// checksum.
class FeatureStore {
 public:
  FeatureStore(const std::filesystem::path& root, StoreKey key);

  const StoreKey& key() const { return key_; }
  const std::filesystem::path& directory() const { return directory_; }
  std::filesystem::path shard_path(const std::string& name) const;
  std::filesystem::path features_path() const { return directory_ / "features.h5"; }

  // Makes the directory and its parameters.yaml; throws Error where it cannot be written.
  void create() const;

  data::SealState shard_state(const StoreEntry& entry) const;
  void commit_shard(const StoreEntry& entry, const PreparedClip& clip) const;

  // Writes features.h5 from the shards of `entries`, in their order, unless it already holds just these.
  // Shards are read one at a time. True if it was written.
  bool compact(const std::vector<StoreEntry>& entries) const;

  // Throws Error unless features.h5 is whole and holds just these entries: studies of the same parameters
  // share a store.
  void require_compacted(const std::vector<StoreEntry>& entries) const;

 private:
  // The bytes of a good shard; throws Error for any other.
  std::string read_shard(const StoreEntry& entry) const;

  // Throws Error where the disk has no room for the compacted shards: HDF5 does not say why it could not
  // write.
  void require_space_for(const std::vector<StoreEntry>& entries) const;

  std::filesystem::path directory_;
  StoreKey key_;
};

// features.h5 opened for training: the samples' tracks and pitches, and whole datasets.
class CompactedFeatures {
 public:
  explicit CompactedFeatures(const std::filesystem::path& path);

  std::size_t samples() const { return tracks_.size(); }
  const std::vector<std::string>& tracks() const { return tracks_; }  // of each sample
  const std::vector<int>& semitones() const { return semitones_; }    // of each sample
  const std::vector<std::string>& adjustments() const { return adjustments_; }
  std::vector<std::string> columns(const std::string& dataset) const;
  // [samples] x shape.
  std::vector<double> doubles(const std::string& dataset) const;
  data::hdf5::Shape shape(const std::string& dataset) const;
  // Of one sample.
  std::vector<float> float_sample(const std::string& dataset, std::size_t sample) const;

 private:
  data::hdf5::Reader reader_;
  std::vector<std::string> tracks_;
  std::vector<int> semitones_;
  std::vector<std::string> adjustments_;
};

}  // namespace musicmem::features
