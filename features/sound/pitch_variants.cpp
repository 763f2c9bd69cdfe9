// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/sound/pitch_variants.h"

#include "features/sound/pitch_shift.h"

#include <utility>

namespace musicmem::features {

PitchVariants make_pitch_variants(std::string track, const ClipAudio& clip,
                                  const std::vector<int>& semitones) {
  PitchVariants variants = original_only(std::move(track), clip);
  for (const int n : semitones) {
    variants.semitones.push_back(n);
    variants.samples.push_back(pitch_shift(clip.samples, study_rate, n));
  }
  return variants;
}

PitchVariants original_only(std::string track, const ClipAudio& clip) {
  return {std::move(track), clip.source_seconds, {0}, {clip.samples}};
}

}  // namespace musicmem::features
