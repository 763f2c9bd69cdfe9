// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "data/files/known_files.h"
#include "features/store/compacted_features.h"
#include "features/store/store_key.h"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace musicmem::features {

// A clip as the store knows it.
struct StoreEntry {
  std::string name;       // of the shard, without .h5
  std::string work_hash;  // of the audio's bytes and the parameters
};

// One directory of features: <root>/<hash>/shards/<clip>.h5, one immutable file per clip, and
// features-<hash>.h5, which is compacted from them, named by the shards it is made of, and
// what training reads. Studies of the same parameters share a store. Every commit is a
// rename; every file carries a checksum. Functions that take `known` read none whose seal it knows to be good,
// and leave there what they have read or written.
class FeatureStore {
 public:
  FeatureStore(const std::filesystem::path& root, StoreKey key);

  const StoreKey& key() const { return key_; }
  const std::filesystem::path& directory() const { return directory_; }
  std::filesystem::path shard_path(const std::string& name) const;
  // Where the shards of `entries`, in their order, are compacted.
  std::filesystem::path features_path(const std::vector<StoreEntry>& entries) const;

  // Makes the directory and its parameters.yaml; throws Error where it cannot be written.
  void create() const;

  data::SealState shard_state(const StoreEntry& entry, data::KnownFiles& known) const;
  void commit_shard(const StoreEntry& entry, const PreparedClip& clip, data::KnownFiles& known) const;

  // Compacts the shards of `entries` unless that is done already. Shards are read one at a time; what was
  // written is read back and held against them before it is put in place. True if it was written.
  bool compact(const std::vector<StoreEntry>& entries, data::KnownFiles& known) const;

  // The compacted shards of `entries`. Throws Error where they are not compacted.
  std::shared_ptr<const CompactedFeatures> open(const std::vector<StoreEntry>& entries,
                                                data::KnownFiles& known) const;

  // Earlier versions compacted shards into features.h5, where a write that failed could leave wrong numbers.
  std::filesystem::path predecessor_path() const { return directory_ / "features.h5"; }
  bool has_predecessor() const { return std::filesystem::exists(predecessor_path()); }
  // True if it was made from just these entries and holds other values.
  bool has_damaged_predecessor(const std::vector<StoreEntry>& entries) const;

  // Removes the compacted files of others than `entries` that nobody holds (data::HoldFile).
  void remove_unused(const std::vector<StoreEntry>& entries) const;

 private:
  void write_compacted(const std::vector<StoreEntry>& entries, const std::filesystem::path& temporary) const;

  // Whether the file holds the values of these shards.
  bool holds(const CompactedFeatures& compacted, const std::vector<StoreEntry>& entries) const;

  std::filesystem::path directory_;
  StoreKey key_;
};

// The compacted files that lie in a store's directory, by name.
std::vector<std::filesystem::path> compacted_files(const std::filesystem::path& directory);

}  // namespace musicmem::features
