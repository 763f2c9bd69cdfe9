// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "features/sound/sound.h"

#include <filesystem>
#include <string>

namespace musicmem::features {

// Sound that is legal but cannot be meant. The limits:
//
// - loudest peak: 20 dB above full scale, which no music reaches: floats of another scale, such as integers
//   that were not divided by 32768. Features of them mean nothing, so they are refused.
// - loud peak: 6 dB above full scale. Lossy decoders and hot masters reach +3 dB.
// - quiet peak: 80 dB below full scale, three steps of 16 bits: nothing but noise, or another scale.
// - cancelled mix: 15 dB below its channels. 97 % of their power is gone, as of inverted channels, of which
//   lossy codecs leave dirt 21 dB (Vorbis) and more below. Channels that have nothing in common lose 3 dB of
//   two and 9 dB of eight.
// - empty end: below the quiet peak for the last second or more, which is a whole segment.

// Throws Error where no features can be made of the sound.
void require_sound(const Sound& sound, const std::filesystem::path& path);

// What cannot be meant about sound that features are made of all the same, in words such as "is silent";
// empty where nothing is.
std::string sound_anomaly(const Sound& sound);

}  // namespace musicmem::features
