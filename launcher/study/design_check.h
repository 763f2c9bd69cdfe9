// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

namespace musicmem::launcher {

struct Study;

// What labels and settings say of the results to come, before anything is computed; a line each:
//
// - Folds that keep the order of the rows, where it goes with the score: |Spearman| above 0.2 and above what
//   one order in a thousand reaches by chance, 3.29 / sqrt(n - 1). Folds then differ in their mean score, and
//   what is trained on the others predicts the opposite.
//
// - Folds of fewer than 8 tracks, whose correlation is mostly chance (its deviation is 0.38 or more).
//
// - Settings of a model that do not go with the spread of the scores: ModelKind::settings_warning.
//
// - A model of spectrograms that hears no more than half of each clip or segment.
//
// - An emotion model of clips of another length.
std::vector<std::string> design_warnings(const Study& study);

}  // namespace musicmem::launcher
