// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "data/segment_table.h"
#include "launcher/study.h"

#include <map>

namespace musicmem::launcher {

// The rows that the study's models train on, of every feature set they use: from the compacted stores, in
// study order whatever their order on disk, or the study's own table. Throws Error where the features are not
// prepared yet.
std::map<config::FeatureSet, data::SegmentTable> load_feature_tables(const Study& study);

}  // namespace musicmem::launcher
