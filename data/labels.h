// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "data/track_columns.h"

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace musicmem::data {

// What is wrong with a row of labels.
struct LabelFault {
  std::string problem;  // of all such rows: "score lies outside [0, 1]"
  std::string detail;   // of this one: "score 1.2 lies outside [0, 1]"
  std::string advice;
  std::string place;  // "path:line"
  std::string who;    // the track, and where else it is given; may be empty
};

struct LabelTable {
  std::vector<Label> labels;       // of the rows that are in order, in file order
  std::vector<LabelFault> faults;  // of the others
  std::string note;                // what was read otherwise than it is written; see CsvFile
  bool has_groups = false;
  std::vector<std::string> ignored;  // columns that nothing is read from
};

// Reads a labels CSV: `track`, the target, and group and fold as `columns` has them. Scores of the range [0, 1] may be
// in percent. A fault is a track that is given twice (names are compared as nfc() has them) or has no name, a
// score that is no number of the range, an empty group, or a fold that is no whole number from 0. Throws
// Error for a file that is no such table, or has no rows.
LabelTable scan_labels(const std::filesystem::path& path, const TrackColumns& columns = {});

// The same; throws Error for the first fault.
LabelTable read_labels(const std::filesystem::path& path, const TrackColumns& columns = {});

// Labels beside the audio they stand for.
struct LabelledClips {
  std::vector<Label> labels;                 // study order
  std::vector<std::filesystem::path> audio;  // of each label; empty where the file is missing
  // Of each label's file, below the directory, composed; of a missing one as labelled.
  std::vector<std::string> names;
  std::vector<std::string> problems;    // of each label without audio; may be empty
  std::vector<std::string> unlabelled;  // audio files that no label names, sorted
  std::vector<std::string> notes;       // on names that were read otherwise than they are written
};

// Labels may name clips in sub-folders. Throws Error if the directory is missing, holds none of the labelled files, or two labels name one file.
LabelledClips match_labels(std::vector<Label> labels, const std::filesystem::path& audio_directory);

}  // namespace musicmem::data
