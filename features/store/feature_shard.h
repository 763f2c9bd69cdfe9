// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "data/files/known_files.h"
#include "features/store/feature_file.h"

#include <filesystem>
#include <string>
#include <vector>

namespace musicmem::features {

// The bytes of the shard of one clip: `work_hash` is that of all that it was made from.
std::string shard_bytes(const StoreKey& key, const PreparedClip& clip, const std::string& work_hash);

// What lies at `path`.
data::SealState shard_state(const std::filesystem::path& path, const std::string& work_hash,
                            data::KnownFiles& known);

// The samples of one clip. The bytes that are checked are those that are read.
class FeatureShard {
 public:
  // Throws Error unless a good shard of this work lies at `path`.
  FeatureShard(const std::filesystem::path& path, const std::string& work_hash);

  const std::string& name() const { return name_; }
  const data::hdf5::Reader& file() const { return file_; }
  const SampleList& samples() const { return samples_; }
  const std::vector<std::string>& datasets() const { return datasets_; }

 private:
  std::string name_;
  std::string bytes_;
  data::hdf5::Reader file_;
  SampleList samples_;
  std::vector<std::string> datasets_;
};

}  // namespace musicmem::features
