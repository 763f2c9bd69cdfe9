// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "launcher/explain/attribution_files.h"
#include "launcher/explain/explanations.h"
#include "launcher/plot/gnuplot.h"

#include <string>
#include <vector>

namespace musicmem::launcher {

// "<name>-highest", "<name>-lowest": spectrograms in grey with what raised the score in orange and what
// lowered it in blue; "<name>-bands": the attribution of each mel band.
std::vector<Figure> attribution_figures(const ExplainedModel& of, const std::vector<ExplainedClip>& clips);

}  // namespace musicmem::launcher
