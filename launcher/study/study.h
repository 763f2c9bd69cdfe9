// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/experiment.h"
#include "data/segment_table.h"
#include "data/track_columns.h"
#include "models/listeners/reliability.h"
#include "models/protocol/folds.h"

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace musicmem::launcher {

// A clip of a study that is made from audio. Entries are parallel to Study::tracks.
struct StudyClip {
  std::filesystem::path audio;  // empty where the file is missing
  std::string name;     // of that file, composed (data::nfc): by which features, tables and stems know it
  std::string shard;    // name of its file in the feature store
  std::string problem;  // why there is no audio, where that can be told
};

enum class WarningKind {
  reading,     // how labels, tables and names were read
  unlabelled,  // audio that no label names
  left_out,    // variants or tracks
  design       // what labels and settings lead to
};

struct StudyWarning {
  WarningKind kind;
  std::string text;  // for people
};

// What a feature set of files holds, as checksums of the bytes that are read and of how they are read.
struct SetContent {
  std::string originals;
  std::string all;  // with pitch variants, where a model learns from them
};

// What data.covariates says of the tracks.
struct TrackCovariates {
  std::vector<std::string> names;              // of its columns; empty where there is no such file
  std::vector<std::vector<double>> of_tracks;  // a value a column, for each track
};

// An experiment with the labels read and the clips found.
struct Study {
  config::Experiment experiment;
  std::vector<std::string> tracks;  // study order, as the labels or the table call them
  std::vector<double> labels;       // of each track
  std::vector<std::string> groups;  // of each track; empty where each is alone
  std::vector<int> given_folds;     // of each track, from 0; empty where none are given
  std::vector<double> weights;      // of each label, above 0; empty where all count alike
  std::vector<StudyClip> clips;     // empty where no features are made from audio
  TrackCovariates covariates;
  std::optional<models::Reliability> reliability;  // of the listeners' scores, where data.reliability says it
  data::SegmentTable table;                        // only with data.table
  std::vector<StudyWarning> warnings;
  std::map<std::string, SetContent> sets;  // that come from files, by name; empty until look_at_sets()
};

// Reads labels and lists the audio, or reads the table. Leaves out augmented variants, with a warning, where
// there is nothing augmented to train on. Throws Error for whatever makes the study impossible (folds against
// tracks included).
Study load_study(const config::Experiment& experiment);

// Whether these are the labels of the published YTMM data set, whose listeners' consistency is known: the
// experiment says so (data.ytmm), or they are 235 clips named as published; never of a synthetic study. The
// names in the published data.csv, ids of videos, are too plain to tell.
bool is_ytmm(const config::Experiment& experiment, const std::vector<std::string>& tracks);

// The feature sets that are made from audio, or that data.table holds, which the study's models train on.
std::vector<config::AudioSet> feature_sets(const config::Experiment& experiment);

// Whether features are made from audio.
bool is_from_audio(const config::Experiment& experiment);

models::FoldTracks fold_tracks(const Study& study);
int count_folds(const Study& study);
// Of each repeat the fold that tests each track, counted through all repeats.
std::vector<std::vector<int>> folds_of_repeats(const Study& study);

// Which columns of the labels, or of the study's table, say what.
data::TrackColumns track_columns(const config::Experiment& experiment);

// Whether any of them takes something from beside the clips.
bool has_side_inputs(const config::Experiment& experiment);

}  // namespace musicmem::launcher
