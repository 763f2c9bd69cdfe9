// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "data/demo/synth.h"

#include <cstdint>
#include <string>

namespace musicmem::data {

// 16-bit stereo behind a header of 44 bytes.
inline constexpr std::uintmax_t demo_wav_bytes = 44 + 4 * std::uintmax_t{demo_sample_rate} * demo_seconds;

// The bytes of a 16-bit PCM WAV file of the sound at demo_sample_rate. Equal sounds give equal bytes: the
// file holds no time and no peak chunk. Throws Error if libsndfile fails.
std::string wav_bytes(const StereoSound& sound);

}  // namespace musicmem::data
