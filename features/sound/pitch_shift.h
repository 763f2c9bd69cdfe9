// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <vector>

namespace musicmem::features {

// `samples` (mono, `rate` Hz) shifted by `semitones` at unchanged tempo: as many samples as came in.
// Rubber Band in offline mode with the options of its command line tool's defaults; the same input gives the
// same samples, those of the tool. As there, a shift that would clip is scaled down, by 3/4 at most, and what
// still exceeds full scale is clipped.
//
// Every shift has a stretcher of its own: version 3.1.2 keeps what it learnt of the last signal over a
// reset(), and making one costs nothing beside using it.
std::vector<float> pitch_shift(std::span<const float> samples, int rate, double semitones);

}  // namespace musicmem::features
