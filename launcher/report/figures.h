// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "launcher/plot/gnuplot.h"
#include "launcher/results/comparisons.h"
#include "launcher/results/run_results.h"

#include <vector>

namespace musicmem::launcher {

// The figures of a report, in the order in which it shows them; those without anything to show are left out.
std::vector<Figure> report_figures(const RunResults& results, const Comparisons& comparisons);

}  // namespace musicmem::launcher
