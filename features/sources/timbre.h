// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "features/sources/stems.h"

#include <array>
#include <cstddef>

namespace musicmem::features {

// The level of every sample in dB: 20 log10 max(|y|, 1e-5).
Stems decibels(Stems stems);

// Mean and population standard deviation of the levels in samples [begin, end) of each source, in the order
// of data::timbre_columns(): vocals, drums, bass, other, the mean first. `levels`: of decibels(); they are
// floored at the highest of the segment minus 80 dB, as librosa's amplitude_to_db(|y|, ref=1.0, amin=1e-5,
// top_db=80) does. begin < end, and end is at most the length of every stem.
std::array<double, 8> timbre(const Stems& levels, std::size_t begin, std::size_t end);

}  // namespace musicmem::features
