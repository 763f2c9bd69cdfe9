// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/feature_value.h"

#include <fmt/format.h>

namespace musicmem::data {

std::string fault_of_feature(double value) {
  if (!std::isfinite(value)) return "is not a finite number";
  return fmt::format("is {:g}, too large for a feature", value);
}

}  // namespace musicmem::data
