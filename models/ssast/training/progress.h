// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/tabular/regressor.h"
#include "weights/training_checkpoint.h"

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace musicmem::models {

// How far a training run is, besides its tensors: with them all that it needs to go on as if it had not been
// stopped. What is random follows from the fit's seed, the epoch and the row, so that no generator is kept.
struct SsastProgress {
  int epoch = 1;              // the current one
  std::int64_t position = 0;  // batches done in it
  std::int64_t steps = 0;     // batches done in all
  std::int64_t optimizer_steps = 0;
  int bad_in_row = 0;       // steps skipped since the last good one
  int bad_steps = 0;        // skipped in all
  double epoch_loss = 0.0;  // sum over the rows of the epoch so far
  double plateau_factor = 1.0;
  int plateau_wait = 0;
  double best_mse = std::numeric_limits<double>::infinity();
  int since_best = 0;
  int averaged = 0;  // epochs in the mean of the weights
  std::vector<CurvePoint> curve;

  bool operator==(const SsastProgress&) const = default;

  void save(weights::TrainingCheckpoint& checkpoint) const;
  // Throws Error where an entry is missing.
  static SsastProgress load(const weights::TrainingCheckpoint& checkpoint);
};

}  // namespace musicmem::models
