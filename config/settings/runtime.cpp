// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/settings/runtime.h"

namespace musicmem::config {

std::optional<Conflict> conflict(const Runtime& runtime) {
  if (runtime.stall_abort >= runtime.stall_warning) return std::nullopt;
  return Conflict{"stall_abort", "a job would be ended before it was warned of",
                  "set stall_abort to at least stall_warning"};
}

}  // namespace musicmem::config
