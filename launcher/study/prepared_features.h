// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "data/files/hold_file.h"
#include "features/sources/side_inputs.h"
#include "features/store/feature_store.h"
#include "launcher/run/run_directory.h"
#include "launcher/study/plan.h"
#include "launcher/study/start.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace musicmem::launcher {

// The prepared clips of one feature set, in study order.
struct PreparedFeatures {
  features::FeatureStore store;
  std::vector<features::StoreEntry> entries;
  std::vector<std::string> audio = {};                            // of each entry, ClipHashes::audio
  std::shared_ptr<const features::CompactedFeatures> table = {};  // of the entries; null until open_tables()
  std::shared_ptr<const data::HoldFile> hold = {};                // of the table, on rank 0 of a start
};

// Reads what the preparation of clips depends on: the audio's bytes, and of the ehc set what is taken from
// stems and tables, which are read once, when the hasher is made.
class InputHasher {
 public:
  explicit InputHasher(const Study& study);
  ClipHashes hash(std::size_t clip) const;

 private:
  const Study& study_;
  std::optional<features::SideInputs> beside_;
};

// Reads everything that the preparation of the clips depends on.
std::vector<ClipHashes> hash_inputs(const Study& study);

// The same on every rank, read by rank 0.
std::vector<ClipHashes> hash_inputs_everywhere(distributed::Communicator& ranks, const Study& study);

// What is prepared of each feature set, from the shards on disk. `unprepared` receives the tracks that have
// readable audio but no good shard in every set, except those whose preparation is known to fail for just
// this audio.
std::vector<PreparedFeatures> find_prepared(const Study& study, const std::vector<Failure>& known_failures,
                                            std::vector<std::string>& unprepared);

// Opens the tables, each once and for all that reads them. Throws Error where the entries are not compacted.
void open_tables(std::vector<PreparedFeatures>& prepared);

// The same on every rank, compacted by rank 0, which holds the tables for as long as the result lives. Throws
// Error if clips are not prepared, or none is.
std::vector<PreparedFeatures> prepared_everywhere(const Start& start, const Study& study);

// Of the tracks, their labels and what their features are made of: a table's every row, or the
// prepared clips' hashes, which cover audio, parameters and the files beside it. Without
// `prepared` it says nothing of audio.
std::string data_hash(const Study& study, const std::vector<PreparedFeatures>& prepared);

}  // namespace musicmem::launcher
