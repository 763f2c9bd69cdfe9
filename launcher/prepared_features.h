// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "features/feature_store.h"
#include "launcher/plan.h"
#include "launcher/run_directory.h"
#include "launcher/stage.h"

#include <string>
#include <vector>

namespace musicmem::launcher {

// The prepared clips of one feature set, in study order.
struct PreparedFeatures {
  features::FeatureStore store;
  std::vector<features::StoreEntry> entries;
  std::vector<std::string> audio;  // of each entry, ClipHashes::audio
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

// The same on every rank, compacted by rank 0. Throws Error if clips are not prepared, or none is.
std::vector<PreparedFeatures> prepared_everywhere(StageContext& context);

// Of the tracks, their labels and what their features are made of: a table's every row, or the prepared
// clips' hashes, which cover audio, parameters and the files beside it. Without `prepared` it says nothing of
// audio.
std::string data_hash(const Study& study, const std::vector<PreparedFeatures>& prepared);

// Lists of lines as one text, to send from rank to rank.
std::string pack_lines(const std::vector<std::string>& lines);
std::vector<std::string> unpack_lines(const std::string& text);

}  // namespace musicmem::launcher
