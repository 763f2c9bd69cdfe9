// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>

namespace musicmem::config {
struct Experiment;
}

namespace musicmem::launcher {

// Rough needs of a study of so many tracks and folds.
struct StudyNeeds {
  std::uint64_t feature_bytes = 0;    // on disk: shards and the compacted file
  std::uint64_t run_bytes = 0;        // on disk: predictions and weights of all fits
  std::uint64_t memory_per_rank = 0;  // of the largest task
};
StudyNeeds estimate_needs(const config::Experiment& experiment, std::size_t tracks, int folds);

}  // namespace musicmem::launcher
