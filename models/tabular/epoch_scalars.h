// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "data/files/event_file.h"

#include <vector>

namespace musicmem::models {

// What training tells of one epoch besides its validation.
struct EpochOutcome {
  double loss = 0.0;           // mean per row
  double gradient_norm = 0.0;  // mean over batches; 0 where it was not asked for
  double learning_rate = 0.0;
  double rows_per_second = 0.0;
};

// The same for TensorBoard, with the metrics of the validation rows; `labels` and `scores` may be empty.
data::Scalars epoch_scalars(const EpochOutcome& epoch, const std::vector<double>& labels,
                            const std::vector<double>& scores);

}  // namespace musicmem::models
