// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>

// Logarithms of many values at once: the dB scales of spectra and waveforms.
namespace musicmem::features {

// Replaces every value by its natural logarithm. Values are positive normal floats; the result is within
// 2e-7 of the true one or of its 1e-7 part, whichever is more. Written so that compilers vectorise it.
void take_logarithms(std::span<float> values);

// Power to decibels as librosa.power_to_db by default: 10 log10 max(v, 1e-10), floored at the highest value
// of `values` minus 80 dB. In place.
void power_to_db(std::span<float> values);

// Amplitude to decibels as librosa.amplitude_to_db with amin 1e-5 and no floor: 20
// log10 max(|v|, 1e-5). In place.
void amplitude_to_db(std::span<float> values);

}  // namespace musicmem::features
