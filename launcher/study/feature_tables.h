// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "data/segment_table.h"
#include "launcher/study/prepared_features.h"

#include <map>

namespace musicmem::launcher {

// The rows that the study's models train on, of every feature set they use: from the compacted stores that
// open_tables() has opened, or the study's own table; of spectrograms, only which there are.
std::map<config::FeatureSet, data::SegmentTable> load_feature_tables(
    const Study& study, const std::vector<PreparedFeatures>& prepared);

// One of them.
data::SegmentTable load_feature_table(const Study& study, const PreparedFeatures& prepared);

}  // namespace musicmem::launcher
