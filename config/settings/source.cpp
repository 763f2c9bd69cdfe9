// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/settings/source.h"

namespace musicmem::config {

std::optional<Conflict> conflict(const Source& source) {
  if (source.synthetic && source.ytmm) {
    return Conflict{"ytmm", "a synthetic study does not have the scores of the YTMM listeners",
                    "leave out synthetic or ytmm"};
  }
  if (source.from_table() && !(source.labels.empty() && source.audio.empty())) {
    return Conflict{"table", "data.table replaces data.labels and data.audio", "keep one or the other"};
  }
  if (!source.from_table() && source.labels.empty()) {
    return Conflict{"labels", "the study names no data",
                    "set data.labels, and data.audio unless features come from files; or data.table"};
  }
  return std::nullopt;
}

}  // namespace musicmem::config
