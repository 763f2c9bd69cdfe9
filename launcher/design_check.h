// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "launcher/study.h"

#include <string>
#include <vector>

namespace musicmem::launcher {

// What labels and settings say of the results to come, before anything is computed; a line each:
//
//   order of the rows   folds that keep it, where it goes with the score: |Spearman| above 0.2 and above what
//   one
//                       order in a thousand reaches by chance, 3.29 / sqrt(n - 1). Folds then differ in their
//                       mean score, and what is trained on the others predicts the opposite.
//   small folds         fewer than 8 tracks, whose correlation is mostly chance (its deviation is 0.38 or
//   more) epsilon of an svr   at or above the standard deviation of the scores: most lie inside its tube, so
//   it predicts
//                       nearly a constant
std::vector<std::string> design_warnings(const Study& study);

}  // namespace musicmem::launcher
