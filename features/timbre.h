// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "features/stems.h"

#include <array>
#include <cstddef>

namespace musicmem::features {

// Mean and population standard deviation, in dB, of the waveform of each source in samples [begin, end) of
// its stem, in the order of data::timbre_columns(): vocals, drums, bass, other, the mean first.
//
// A sample's level is 20 log10 max(|y|, 1e-5), floored at the highest of the segment minus 80 dB: librosa's
// amplitude_to_db(|y|, ref=1.0, amin=1e-5, top_db=80). begin < end, and end is at most the length of every
// stem.
std::array<double, 8> timbre(const Stems& stems, std::size_t begin, std::size_t end);

}  // namespace musicmem::features
