// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "data/segment_table.h"
#include "data/track_columns.h"

#include <filesystem>
#include <string>

// The table of explainable hand-crafted features in the published data.csv layout, and the same as HDF5.
namespace musicmem::data {

// Reads a table, CSV or HDF5 by its content. Columns are found by name in any order. YT_id, or track, and the
// target must be there, which the published layout calls label; segment_idx and augment_type may be missing
// (segment 1, original), and group and fold are read as `columns` has it; in HDF5 each is a dataset of its
// name. Columns, or attributes, by the names of recorded_clip() tell of the clips. A table that has any of the
// published feature columns must have all of them, but for the two emotion columns, which may both be
// missing; every other column is a feature too. Tracks are in order of first appearance; their ids are
// compared as nfc() has them. `note` receives what was read otherwise than it is written, or may not be
// meant. Throws Error with file and line for missing columns, values that are no finite numbers, labels
// outside the range, rows of one track that differ in what they say of it, rows that are given twice, and
// clips that no study is of.
SegmentTable read_segment_table(const std::filesystem::path& path, std::string* note = nullptr,
                                const TrackColumns& columns = {});

// The table with its tracks, file names of clips, under the ids of the published layout (clip_id). Throws
// Error if two tracks share one.
SegmentTable with_published_ids(SegmentTable table);

// The table as CSV text: YT_id, segment_idx, augment_type, groups, fold and what tells of the clips where it
// has them, features, labels.
std::string to_csv(const SegmentTable& table);

// The table as the bytes of an HDF5 file that read_segment_table, h5py and h5dump read.
std::string to_hdf5(const SegmentTable& table);

}  // namespace musicmem::data
