// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "distributed/communicator.h"
#include "models/ssast/spectrogram_input.h"
#include "models/ssast/spectrogram_source.h"

#include <cstddef>
#include <vector>

namespace musicmem::models {

class SsastStep;

// One score per row of the spectrogram table, on every rank of the group; each computes its share, a few rows
// at a time. Collective; throws Error on every rank where any fails.
std::vector<double> predict_ssast(SsastStep& step, SpectrogramSource& source, const SpectrogramInput& input,
                                  const std::vector<std::size_t>& rows, distributed::Communicator& group);

}  // namespace musicmem::models
