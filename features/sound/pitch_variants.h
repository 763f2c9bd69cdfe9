// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "features/sound/audio.h"

#include <string>
#include <vector>

namespace musicmem::features {

// A clip at every pitch of the study: the original first, then one per entry of the semitones.
struct PitchVariants {
  std::string track;            // file name of the clip, by which stems and tables know it
  double source_seconds = 0.0;  // length of the clip's file, of which a part is used
  std::vector<int> semitones;
  std::vector<std::vector<float>> samples;  // of each variant, those of the clip at study_rate
};

PitchVariants make_pitch_variants(std::string track, const ClipAudio& clip,
                                  const std::vector<int>& semitones);

// The clip at its own pitch only.
PitchVariants original_only(std::string track, const ClipAudio& clip);

}  // namespace musicmem::features
