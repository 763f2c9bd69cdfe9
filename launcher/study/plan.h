// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/settings/variant.h"
#include "data/segment_table.h"
#include "features/store/feature_store.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace musicmem::config {
struct Experiment;
}

// What a study has to compute: a pure function of the configuration and the data, the same on every rank.
namespace musicmem::launcher {

struct SetContent;
struct Study;

// One clip with all its pitch variants, for one feature set.
struct PrepareTask {
  std::size_t clip = 0;        // index into Study::clips
  features::StoreEntry entry;  // where the shard goes and the hash of its inputs
  bool is_done = false;        // a good shard lies there
};

// The preparation of one feature set. Clips whose audio is missing have no task.
struct PreparePlan {
  features::FeatureStore store;
  std::vector<PrepareTask> tasks;  // study order
};

// What the work on one clip depends on.
struct ClipHashes {
  std::string audio;   // of the file's bytes; empty where it is missing or cannot be read
  std::string beside;  // of what the ehc set takes from stems and tables; empty where that is nothing

  bool has_audio() const { return !audio.empty(); }
  bool operator==(const ClipHashes&) const = default;
};

std::vector<PreparePlan> plan_prepare(const Study& study, const std::vector<ClipHashes>& hashes);

// What the task of each clip depends on, for all feature sets together; empty for a clip without a task.
std::vector<std::string> clip_hashes(const std::vector<PreparePlan>& plans, std::size_t clips);

// Hash of all that a table holds: tracks, labels, columns and rows; only the
// original ones where not `augmented`.
std::string table_hash(const data::SegmentTable& table, bool augmented);

// "prepare <track>"
std::string prepare_task_name(const std::string& track);

// One model, variant, seed and fold.
struct FitTask {
  std::size_t model = 0;  // index into Experiment::models
  config::Variant variant = config::Variant::vanilla;
  bool shuffled = false;              // the control on permuted labels of the model's first variant
  std::string ablation;               // "without-<block>" or "only-<block>" of the first variant's features
  double share = 1.0;                 // of the training tracks that it learns from
  std::optional<std::uint64_t> seed;  // empty for a fit without randomness
  int repeat = 0;                     // of a repeated cross-validation
  int part = 0;                       // fold within the repeat
  int fold = 0;                       // counted through all repeats
  std::string recipe;                 // hash of everything but the table that the result depends on
  std::string hash;                   // of recipe and table
  std::string pretrained;      // checksum of the weights that it starts from; empty where it starts without
  double expected_cost = 0.0;  // seconds on one core, roughly

  std::string variant_name() const;  // the variant, "shuffled", the ablation, or "share-0.25"
  std::string seed_name() const;     // "1111" or "none"
  // "<model>/<variant>/seed-<s>/fold-<k>", or ".../repeat-<r>/fold-<k>" where there are several; below folds/.
  std::filesystem::path directory(const config::Experiment& experiment) const;
};

// All fits of an experiment, by model, variant, seed and fold, before their tables are known: without hashes,
// and with the cost of tables of so many tracks.
std::vector<FitTask> list_fits(const config::Experiment& experiment, std::size_t tracks, int folds);

// Sets the recipes of fits that list_fits made. `sets`: Study::sets. Reads pre-trained weights;
// throws Error where they are missing.
void add_recipes(std::vector<FitTask>& fits, const config::Experiment& experiment,
                 const std::map<std::string, SetContent>& sets);

// All fits of a study, complete. `tables`: load_feature_tables().
std::vector<FitTask> plan_fits(const Study& study, const std::map<std::string, data::SegmentTable>& tables);

// "fit <directory>"
std::string fit_task_name(const FitTask& task, const config::Experiment& experiment);

}  // namespace musicmem::launcher
