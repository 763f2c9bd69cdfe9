// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/settings/feature_source.h"
#include "data/files/npy_array.h"
#include "data/matrix.h"

#include <string>
#include <vector>

namespace musicmem::features {

// Rows of features of one clip: one, or one a segment.
struct ArrayRows {
  std::vector<std::string> columns;
  data::Matrix values;        // rows x columns
  std::vector<int> segments;  // of each row, from 1; 0 where it describes the whole clip
};

// Of an array [dim], [time, dim] or [layers, time, dim]: the layers that are asked for, each pooled over time (mean and
// standard deviation of the population, as numpy's), joined. Per segment: of [segments, dim] or [layers, segments, dim],
// without pooling. Columns are called by their number from 0, after "std." for deviations and "layer<i>.", as the
// setting has it, where layers are joined. `place` is what errors call the array. Throws Error where it has other dimensions than asked for, no such
// layer, one twice, no time, or a value that is not finite.
ArrayRows rows_of_array(const data::NumberArray& array, const config::ArrayReading& reading,
                        const std::string& place);

}  // namespace musicmem::features
