// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/listeners/reliability.h"

#include <filesystem>
#include <string>

// reliability.json, which `musicmem scores` writes and data.reliability names.
namespace musicmem::launcher {

// An object of split_half_mean, split_half_sd, splits, spearman_brown and ceiling; null where a value is undefined.
std::string reliability_json(const models::Reliability& reliability);

// The file needs split_half_mean alone, a correlation; the reliability and the ceiling follow from it where they are left
// out, and other keys are passed over. Throws Error that names the file and the key.
models::Reliability read_reliability(const std::filesystem::path& file);

// The same from what reliability_json() gave.
models::Reliability parse_reliability(const std::string& text);

}  // namespace musicmem::launcher
