// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "launcher/study/findings.h"

#include <vector>

namespace musicmem::launcher {

struct Study;

// Holds what earlier versions have compacted against its shards. Changes nothing.
std::vector<Finding> check_stores(const Study& study);

}  // namespace musicmem::launcher
