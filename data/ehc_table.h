// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "data/segment_table.h"

#include <filesystem>
#include <string>

// The table of explainable hand-crafted features in the published data.csv layout, and the same as HDF5.
namespace musicmem::data {

// Reads a table, CSV or HDF5 by its content. Columns are found by name in any order. YT_id and label must be
// there; segment_idx and augment_type may be missing (segment 1, original). A table that has any of the
// published feature columns must have all of them, but for the two emotion columns, which may both be
// missing; a table with none of them takes every other column as a feature. Tracks are in order of first
// appearance; their ids are compared as nfc() has them. Labels may be in percent. `note` receives
// CsvFile::note. Throws Error with file and line for missing columns, values that are no finite numbers,
// labels outside [0, 1] or that differ within a track, and rows that are given twice.
SegmentTable read_segment_table(const std::filesystem::path& path, std::string* note = nullptr);

// The table with its tracks, file names of clips, under the ids of the published layout (clip_id). Throws
// Error if two tracks share one.
SegmentTable with_published_ids(SegmentTable table);

// The table as CSV text: YT_id, segment_idx, augment_type, features, label.
std::string to_csv(const SegmentTable& table);

// The table as the bytes of an HDF5 file that read_segment_table, h5py and h5dump read.
std::string to_hdf5(const SegmentTable& table);

}  // namespace musicmem::data
