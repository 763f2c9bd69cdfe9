// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/settings/feature_source.h"
#include "data/segment_table.h"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace musicmem::features {

// What a feature set that was made elsewhere is read for.
struct ArrayRequest {
  std::string set;                  // its name under features.sets
  data::SegmentTable tracks;        // names and labels; its rows are not looked at
  std::vector<int> semitones = {};  // pitch variants beside the originals, where the set has them
};

// A set made elsewhere, opened for a study's tracks. It is
//   HDF5: a dataset a track, called by its path or its stem; or `embeddings` [n, ...] beside `tracks` [n];
//   a folder: <track's path or stem>.npy or .npz;
//   CSV: track[,segment_idx][,augment_type] and a column a feature.
// Pitch variants are the same below <n>_semitones/ (group or folder), or rows of that augment_type: all of those asked
// for, or none.
class ArraySet {
 public:
  // Lists what there is; arrays are read later. `source` must outlive it. Throws Error with file and
  // track where a track or some of its variants are missing or two tracks of one stem are not told apart; IoError where
  // the disk fails.
  ArraySet(const config::FeatureSource& source, ArrayRequest request);
  ~ArraySet();
  ArraySet(ArraySet&&) noexcept;

  // Whether it has the pitch variants that were asked for.
  bool has_variants() const;
  // What was left out: arrays of no track.
  const std::vector<std::string>& notes() const;
  // What read() reads: of a folder the arrays of the tracks, without the variants unless they are asked for.
  std::vector<std::filesystem::path> files(bool with_variants) const;

  // A row a track and variant, or several. Throws Error with the array for what rows_of_array throws, and for arrays
  // of different numbers of columns.
  data::SegmentTable read() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The names of all originals that a set holds, sorted.
std::vector<std::string> array_names(const config::FeatureSource& source);

}  // namespace musicmem::features
