// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "data/files/hold_file.h"
#include "features/store/feature_store.h"
#include "launcher/run/run_directory.h"
#include "launcher/study/study_inputs.h"

#include <memory>
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

// What is prepared of each feature set.
std::vector<PreparedFeatures> prepared_features(const StudyInputs& inputs);

// The tracks that have readable audio but no good shard in every set, sorted, except those whose preparation is
// known to fail for just this audio.
std::vector<std::string> unprepared_tracks(const Study& study, const StudyInputs& inputs,
                                           const std::vector<Failure>& known_failures);

// Opens the tables that are not open yet, each once and for all that reads them. Throws Error where the entries
// are not compacted.
void open_tables(std::vector<PreparedFeatures>& prepared, data::KnownFiles& known);

// The same on all ranks, on the timeline.
void open_tables(const Start& start, std::vector<PreparedFeatures>& prepared, data::KnownFiles& known);

// Collective. What is prepared, compacted by rank 0, which opens the tables and holds them for as long as the
// result lives. Throws Error if clips are not prepared, or none is.
std::vector<PreparedFeatures> compact_prepared(const Start& start, const Study& study, StudyInputs& inputs);

// Of the tracks, their labels and what their features are made of: a table's every row, or the
// prepared clips' hashes, which cover audio, parameters and the files beside it. Without
// `prepared` it says nothing of audio.
std::string data_hash(const Study& study, const std::vector<PreparedFeatures>& prepared);

}  // namespace musicmem::launcher
