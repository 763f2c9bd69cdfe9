// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/store/feature_store.h"

#include "config/io_error.h"
#include "data/files/durable_file.h"
#include "data/files/hash.h"
#include "data/files/hold_file.h"
#include "data/files/names.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <thread>

namespace musicmem::features {
namespace {

namespace fs = std::filesystem;

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
  return directory_ / "shards" / data::file_name(name, ".h5");
}

fs::path FeatureStore::features_path(const std::vector<StoreEntry>& entries) const {
  return directory_ / ("features-" + content_hash(entries).substr(0, 16) + ".h5");
}

void FeatureStore::create() const {
  data::require_writable_directory(directory_);
  data::require_writable_directory(directory_ / "shards");
  const fs::path explanation = directory_ / "parameters.yaml";
  if (!fs::exists(explanation)) data::write_file_durably(explanation, key_.parameters);
}

data::SealState FeatureStore::shard_state(const StoreEntry& entry, data::KnownFiles& known) const {
  return features::shard_state(shard_path(entry.name), entry.work_hash, known);
}

void FeatureStore::commit_shard(const StoreEntry& entry, const PreparedClip& clip,
                                data::KnownFiles& known) const {
  const fs::path shard = shard_path(entry.name);
  data::write_file_durably(shard, shard_bytes(key_, clip, entry.work_hash));
  known.add_sealed(shard, entry.work_hash);
}

bool FeatureStore::compact(const std::vector<StoreEntry>& entries, data::KnownFiles& known) const {
  const fs::path target = features_path(entries);
  const std::string content = content_hash(entries);
  if (entries.empty() || CompactedFeatures::open(target, content, known)) return false;
  data::TemporaryFile temporary(target);
  write_compacted(entries, temporary.name());
  // Another start may have made it meanwhile, and is reading it.
  if (!CompactedFeatures::open(target, content, known)) temporary.commit();
  return true;
}

void FeatureStore::write_compacted(const std::vector<StoreEntry>& entries, const fs::path& temporary) const {
  const std::string name = features_path(entries).string();
  std::optional<Compaction> compaction;
  for (const StoreEntry& entry : entries) {
    const FeatureShard shard(shard_path(entry.name), entry.work_hash);
    if (!compaction) compaction.emplace(temporary, name, key_, shard, entries.size());
    compaction->add(shard);
  }
  if (!holds(compaction->finish(), entries)) data::fail_to_read_back(name);
  compaction->seal(content_hash(entries));
}

bool FeatureStore::holds(const CompactedFeatures& compacted, const std::vector<StoreEntry>& entries) const {
  std::size_t first = 0;
  for (const StoreEntry& entry : entries) {
    const FeatureShard shard(shard_path(entry.name), entry.work_hash);
    if (!compacted.holds(shard, first)) return false;
    first += shard.samples().tracks.size();
  }
  return compacted.samples() == first;
}

std::shared_ptr<const CompactedFeatures> FeatureStore::open(const std::vector<StoreEntry>& entries,
                                                            data::KnownFiles& known) const {
  const fs::path path = features_path(entries);
  // A network file system may show the file a moment after another host has put it in place.
  for (int trial = 0; trial < 10; ++trial) {
    const bool is_there = fs::exists(path);
    if (auto compacted = CompactedFeatures::open(path, content_hash(entries), known)) return compacted;
    if (is_there && fs::exists(path)) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  throw Error(fs::exists(path) ? "is damaged" : "is not there yet", path.string(),
              "run `musicmem prepare` on the experiment");
}

bool FeatureStore::has_damaged_predecessor(const std::vector<StoreEntry>& entries) const {
  data::KnownFiles none;
  const auto compacted = CompactedFeatures::open(predecessor_path(), content_hash(entries), none);
  if (!compacted) return false;
  try {
    return !holds(*compacted, entries);
  } catch (const IoError&) {
    throw;
  } catch (const Error&) {  // a chunk that was never written has no checksum
    return true;
  }
}

void FeatureStore::remove_unused(const std::vector<StoreEntry>& entries) const {
  const fs::path current = features_path(entries);
  for (const fs::path& path : compacted_files(directory_)) {
    if (path != current) data::remove_unless_held(path);
  }
}

std::vector<fs::path> compacted_files(const fs::path& directory) {
  std::vector<fs::path> found;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(directory, none)) {
    const std::string name = entry.path().filename().string();
    if (name == "features.h5" || (name.starts_with("features-") && name.ends_with(".h5")))
      found.push_back(entry.path());
  }
  std::ranges::sort(found);
  return found;
}

}  // namespace musicmem::features
