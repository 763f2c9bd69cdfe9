// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/ssast/scorer.h"

#include <memory>

namespace musicmem::models {

// Throws Error where the file lacks a weight.
std::unique_ptr<SsastScorer> load_network_scorer(const weights::PthFile& file, const SsastReading& reading);

}  // namespace musicmem::models
