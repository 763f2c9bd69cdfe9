// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "data/segment_table.h"

#include <string>
#include <vector>

namespace musicmem::data {

struct NamedTable {
  std::string name;  // of the feature set
  const SegmentTable* table = nullptr;
};

// The columns of several feature sets of one study's tracks side by side, each called "<set>.<column>": a row for every
// track and segment, and pitch variant if `with_variants`. What describes whole clips (one row a clip and variant) stands beside each of its
// segments. Throws Error that names set and track where another set has no row for a row's track, variant or segment.
SegmentTable join_tables(const std::vector<NamedTable>& sets, bool with_variants);

}  // namespace musicmem::data
