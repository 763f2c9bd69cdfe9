// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "features/sound/sound.h"

#include <optional>

namespace musicmem::features {

// A part of a file as libsndfile decodes them, and what it believes of the file.
struct SndfileSound {
  Sound sound;              // its seconds: as the file or libsndfile's estimate states them
  bool ends_early = false;  // fewer frames came than it promised
  bool is_coded = false;    // the length is a statement, not the size of the samples
};

// Empty where libsndfile cannot open the file or finds no samples in it. Throws Error for an impossible rate
// and for samples that are not finite or above 1e10.
std::optional<SndfileSound> read_by_libsndfile(const std::filesystem::path& path, const SoundPart& part);

}  // namespace musicmem::features
