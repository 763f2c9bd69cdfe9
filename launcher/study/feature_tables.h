// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/settings/feature_choice.h"
#include "data/segment_table.h"
#include "launcher/study/prepared_features.h"

#include <map>
#include <string>

namespace musicmem::launcher {

// By what a model's `features` say, as to_string() has it.
using FeatureTables = std::map<std::string, data::SegmentTable>;

// The rows that the study's models train on: from the compacted stores that open_tables() has opened, the study's own
// table, and the sets that come from files; of spectrograms, only which there are; of models without features, a row a
// track.
FeatureTables load_feature_tables(const Study& study, const std::vector<PreparedFeatures>& prepared);

// The table with the columns that an ablation (FitTask::ablation) leaves of a model's features. Throws Error where none
// is left.
data::SegmentTable ablated_table(const data::SegmentTable& table, const config::FeatureChoice& features,
                                 const std::string& ablation);

// One of them.
data::SegmentTable load_feature_table(const Study& study, const PreparedFeatures& prepared);

}  // namespace musicmem::launcher
