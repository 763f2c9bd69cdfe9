// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/settings/cross_validation.h"

#include <set>

namespace musicmem::config {

std::optional<Conflict> conflict(const CrossValidation& cv) {
  if (cv.seeds.empty()) return Conflict{"seeds", "no seed is given", "give at least one, such as [1111]"};
  if (std::set<std::uint64_t>(cv.seeds.begin(), cv.seeds.end()).size() != cv.seeds.size()) {
    return Conflict{"seeds", "a seed is given twice", "keep one of them"};
  }
  if (cv.protocol == Protocol::audmem && (cv.shuffle || cv.stratify)) {
    return Conflict{"protocol", "the audmem protocol cuts folds in the order of the rows",
                    "set shuffle: none and leave out stratify"};
  }
  return std::nullopt;
}

}  // namespace musicmem::config
