// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/settings/cross_validation.h"
#include "config/settings/report.h"
#include "config/settings/source.h"
#include "launcher/run/run_directory.h"
#include "models/listeners/reliability.h"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace musicmem::launcher {

struct FitTask;
struct PreparedFeatures;
struct Study;

// The feature set of data.covariates and the model that learns from nothing else: their own prediction is a baseline.
inline constexpr const char* covariates_name = "covariates";

struct PlannedFit {
  std::string model;  // label
  std::string
      kind;  // the name of the model that the label stands for: mean, random, ridge, svr, mlp or ssast
  std::string variant;  // or "shuffled"
  std::string seed;     // or "none"
  int fold = 0;
  std::string directory;  // below folds/
  std::string hash;
};

struct PlannedTrack {
  std::string name;
  double label = 0.0;
  int fold = 0;              // -1 for a track that the protocol never tests
  std::string audio = {};    // checksum of its file; empty without one, and in the plans of earlier versions
  std::uintmax_t bytes = 0;  // of its file; 0 where that is not known
  std::string group = {};    // empty in a study without groups
  std::vector<int> later_folds = {};    // of the second and later repeats, counted through all
  std::vector<double> covariates = {};  // in the order of RunPlan::covariates
  double weight = 1.0;                  // of its label in training

  bool is_tested_in(int any_fold) const {
    return fold == any_fold || std::ranges::find(later_folds, any_fold) != later_folds.end();
  }
};

// A feature set that was made elsewhere.
struct SetOrigin {
  std::string source;     // name of its file or folder
  std::string reading;    // "layer: 6, pool: mean, per: track"
  std::string originals;  // SetContent
  std::string all;

  bool operator==(const SetOrigin&) const = default;
};

// How a run's features were made.
struct FeatureOrigin {
  bool from_table = false;
  bool from_audio = true;                 // some of them
  bool uses_ehc = false;                  // by some model
  std::string stems;                      // source of the four levels, of audio studies
  std::string emotion;                    // source of valence and arousal, of audio studies
  std::map<std::string, SetOrigin> sets;  // made elsewhere, by name
  double clip_seconds = 5.0;

  bool operator==(const FeatureOrigin&) const = default;
};

struct AdjustedClip {
  std::string track;
  std::string adjustment;  // "padded by ...", "trimmed by ..."

  bool operator==(const AdjustedClip&) const = default;
};

// What a run is to hold, as train wrote it to plan.json: all that reports and predictions need besides the
// fits, so that they need neither the audio nor the features. The same study gives the same bytes.
struct RunPlan {
  std::string name;
  bool synthetic = false;
  bool ytmm = false;      // the published labels, whose human consistency is known
  std::string data_hash;  // of tracks, labels and all that the features were made of
  FeatureOrigin features;
  config::Protocol protocol = config::Protocol::strict;
  config::Pooling pooling = config::Pooling::mean;
  config::Target target;
  int folds = 0;  // of all repeats together
  int repeats = 1;
  config::Equivalence rope;
  std::vector<std::string> covariates;             // names of them; empty in a study without
  std::optional<models::Reliability> reliability;  // of the scores, as data.reliability says
  std::vector<std::string> warnings;
  std::vector<PlannedTrack> tracks;  // study order
  std::vector<AdjustedClip> adjusted;
  std::vector<PlannedFit> fits;  // by model, variant, seed, fold
};

// The clips of one feature set that fits were trained on.
struct PreparedSet {
  std::string store;                         // hash of the set's parameters
  std::map<std::string, std::string> clips;  // name of the shard -> hash of what it was made of
};

// What the fits of a plan follow from, for the next start to compare with; empty in
// the plans of earlier versions.
struct PlanOrigin {
  std::map<std::string, std::string> recipes;   // directory of a fit -> FitTask::recipe
  std::map<std::string, PreparedSet> prepared;  // by feature set
};

// Writes the plan, and beside it the experiment that it belongs to. `data_hash`: as in RunPlan. `prepared`:
// the clips that are trained on, none of a table.
void write_run_plan(const RunDirectory& run, const Study& study, const std::string& data_hash,
                    const std::vector<FitTask>& fits, const std::vector<PreparedFeatures>& prepared);

// Of the file of each track, as the features were made of it; empty for a track without a file.
std::vector<std::string> audio_checksums(const Study& study, const std::vector<PreparedFeatures>& prepared);

// The clips whose length is not the study's, from the compacted features; none of a study from a table.
std::vector<AdjustedClip> adjusted_clips(const std::vector<PreparedFeatures>& prepared);

std::map<std::string, PreparedSet> prepared_sets(const std::vector<PreparedFeatures>& prepared);

// Throws Error where the run has no plan yet or it is damaged.
RunPlan read_run_plan(const RunDirectory& run);
PlanOrigin read_plan_origin(const RunDirectory& run);

}  // namespace musicmem::launcher
