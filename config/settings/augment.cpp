// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/settings/augment.h"

#include <set>

namespace musicmem::config {

std::optional<Conflict> conflict(const Augment& augment) {
  std::set<int> seen;
  for (const int n : augment.pitch_semitones) {
    if (n != 0 && seen.insert(n).second) continue;
    return Conflict{"pitch_semitones",
                    "pitch shift " + std::to_string(n) + (n == 0 ? " changes nothing" : " is given twice"),
                    "leave it out"};
  }
  return std::nullopt;
}

}  // namespace musicmem::config
