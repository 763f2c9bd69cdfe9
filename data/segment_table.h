// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/settings/clip.h"
#include "data/matrix.h"

#include <optional>
#include <string>
#include <vector>

namespace musicmem::data {

// What models train on: one row of features per (track, segment, pitch variant), in file order.
//
// `tracks` and `labels` hold every labelled track in study order, also those without rows (a clip that
// failed): folds are cut over this list. The three row_* vectors have values.rows() entries.
struct SegmentTable {
  std::vector<std::string> tracks;
  std::vector<double> labels;         // score, one per track
  std::vector<std::string> groups{};  // of each track; empty where each is a group of its own
  std::vector<int> given_folds{};     // of each track, from 0; empty where none are given
  std::vector<double> weights{};      // of each track's label, above 0; empty where all count alike
  std::vector<std::string> columns;   // names of the features
  Matrix values;                      // rows x columns
  std::vector<int> row_track;         // index into tracks
  std::vector<int> row_segment;       // from 1; 0 where a row describes the whole clip
  std::vector<int> row_semitones;     // 0 for the original

  // What a table on disk calls labels, weights and groups, and says of the clips that its features are of.
  std::string label_column = "label";
  std::string group_column = "group";
  std::string weight_column = {};
  std::optional<config::ClipGeometry> clip = std::nullopt;

  bool has_augmented_rows() const;
};

// The column names of the published table, in its order: 24 chroma, bpm, 8 timbre, 2 emotion.
const std::vector<std::string>& harmony_columns();
const std::vector<std::string>& timbre_columns();
const std::vector<std::string>& emotion_columns();
// harmony, bpm, timbre, and the emotion columns where asked for: 33 or 35.
std::vector<std::string> ehc_columns(bool with_emotion);

// "original" for 0, "<n>_semitones" otherwise; and back (throws Error for any other text).
std::string augment_type(int semitones);
int semitones_of(const std::string& augment_type);

}  // namespace musicmem::data
