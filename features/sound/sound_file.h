// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "features/sound/sound.h"

namespace musicmem::features {

// A part of the sound in any file that libsndfile or FFmpeg reads, up to its end where that comes first;
// nothing of a file that ends before it. libsndfile's samples stand wherever it gives all there is; FFmpeg takes what libsndfile does
// not know and files whose stated or estimated length is not their sound's, and what came is then the length.
// Throws Error for files that are missing, empty, no audio, cut off by their own header's word, or damaged by
// their decoder's, of a rate above 768 kHz, and that hold NaN, infinity or samples above 1e10.
Sound read_sound(const std::filesystem::path& path, const SoundPart& part);

}  // namespace musicmem::features
