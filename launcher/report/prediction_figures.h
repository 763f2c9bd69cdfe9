// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "launcher/plot/gnuplot.h"
#include "launcher/results/learning_curve.h"
#include "launcher/results/run_results.h"

#include <cstddef>
#include <string>
#include <vector>

// The figures of a report on predictions and training, a panel each model; report_figures() puts all together.
namespace musicmem::launcher {

using Groups = std::vector<const FitGroup*>;

// What a caption adds where not all is shown: " (the first 3 of 7 models)".
std::string shown_of(std::size_t shown, std::size_t all, const std::string& what);

Figure scatter_figure(const RunResults& results, const Groups& groups);
Figure calibration_figure(const RunResults& results, const Groups& groups);
Figure error_figure(const RunResults& results, const Groups& groups);
Figure training_figure(const RunResults& results, const Groups& groups);  // of models that learn in epochs
Figure shares_figure(const std::vector<LearningCurve>& curves);
Figure scores_figure(const RunResults& results);  // how the labels are distributed

}  // namespace musicmem::launcher
