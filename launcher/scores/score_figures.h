// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "launcher/plot/gnuplot.h"
#include "launcher/scores/scores.h"

#include <vector>

namespace musicmem::launcher {

// The pictures of the page of scores.
std::vector<Figure> score_figures(const Scores& scores);

}  // namespace musicmem::launcher
