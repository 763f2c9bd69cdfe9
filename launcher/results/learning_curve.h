// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "launcher/results/run_results.h"

#include <vector>

// How well models predict that learn from a part of the training tracks.
namespace musicmem::launcher {

struct LearningPoint {
  const FitGroup* group = nullptr;
  double share = 1.0;            // of the training tracks
  double training_tracks = 0.0;  // mean over folds; validation tracks are among them
};

// Of one model, by share: the last point is its first variant, which learns from all tracks.
using LearningCurve = std::vector<LearningPoint>;

// Of the models that have fits on shares, in the order of the groups, which must outlive the result.
std::vector<LearningCurve> learning_curves(const RunResults& results);

}  // namespace musicmem::launcher
