// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "data/demo_synth.h"

#include <string>

namespace musicmem::data {

// The bytes of a 16-bit PCM WAV file of the sound at demo_sample_rate. Equal sounds give equal bytes: the
// file holds no time and no peak chunk. Throws Error if libsndfile fails.
std::string wav_bytes(const StereoSound& sound);

}  // namespace musicmem::data
