// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/spectra/sample_array.h"

#include <span>

namespace musicmem::features {

data::Matrix rows_of(const SampleArray& array) {
  const std::span<const double> values(std::get<std::vector<double>>(array.values));
  data::Matrix rows;
  for (std::size_t start = 0; start < values.size(); start += array.columns.size()) {
    rows.append_row(values.subspan(start, array.columns.size()));
  }
  return rows;
}

}  // namespace musicmem::features
