// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <vector>

namespace musicmem::features {

// Raised whenever the same audio is shifted to other samples: features of shifted audio lie in a store of their own.
// 2: the ratio is a fraction (pitch_ratio).
inline constexpr int pitch_shift_version = 2;

// What frequencies are multiplied by: 2^(semitones / 12) to 0.001 cent, a fiftieth of what anybody hears, as
// the fraction with the least denominator. Rubber Band resamples by a fraction, for which it makes a filter of 63 taps
// for each unit of the larger term: 4 million of them for the nearest fraction to 2^(4/12), 40,000 for 635/504.
double pitch_ratio(double semitones);

// `samples` (mono, `rate` Hz) shifted by `semitones` at unchanged tempo: as many samples as came in.
// Rubber Band in offline mode with the options of its command line tool's defaults; the same input gives the
// same samples, those of the tool for `--frequency` pitch_ratio(semitones). As there, a shift that would clip is
// scaled down, by 3/4 at most, and what still exceeds full scale is clipped.
//
// Every shift has a stretcher of its own: version 3.1.2 keeps what it learnt of the last signal over a reset().
std::vector<float> pitch_shift(std::span<const float> samples, int rate, double semitones);

}  // namespace musicmem::features
