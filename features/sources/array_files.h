// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/settings/feature_source.h"
#include "data/segment_table.h"

#include <span>
#include <string>
#include <vector>

namespace musicmem::features {

// What a feature set that was made elsewhere is read for.
struct ArrayRequest {
  std::string set;                   // its name under features.sets
  const data::SegmentTable& tracks;  // names and labels; its rows are not looked at
  std::vector<int> semitones = {};   // pitch variants beside the originals, where the set has them
};

// A set as a table of the study's tracks, from
//   HDF5: a dataset a track, called by its path or its stem; or `embeddings` [n, ...] beside `tracks` [n];
//   a folder: <track's path or stem>.npy or .npz;
//   CSV: track[,segment_idx][,augment_type] and a column a feature.
// Pitch variants are the same below <n>_semitones/ (group or folder), or rows of that augment_type: all of those asked
// for, or none. `notes` receives names that belong to no track.
//
// Throws Error with file and track where a track or some of its variants are missing, two tracks of one stem are not
// told apart, or what rows_of_array throws; IoError where the disk fails.
data::SegmentTable read_array_set(const config::FeatureSource& source, const ArrayRequest& request,
                                  std::vector<std::string>& notes);

}  // namespace musicmem::features
