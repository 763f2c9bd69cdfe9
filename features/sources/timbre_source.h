// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/late_function.h"
#include "config/settings/features.h"
#include "features/sound/pitch_variants.h"
#include "features/sound/segments.h"
#include "features/sources/timbre.h"
#include "features/spectra/spectrum.h"

#include <array>
#include <memory>
#include <string>
#include <vector>

namespace musicmem::features {

// The levels of the four sources in every segment of a clip at one pitch, timbre() of each.
using ClipTimbre = std::vector<std::array<double, 8>>;

// Where a study's sources come from: a directory of stems, a separator, or the approximation.
class TimbreSource {
 public:
  virtual ~TimbreSource() = default;

  // Turns to another clip, whose `variants` live until the next call. Throws Error where it has no stems.
  virtual void open(const PitchVariants& variants) = 0;

  // Of one of the opened variants; `spectrum` is that of its mix.
  virtual ClipTimbre levels(std::size_t variant, const ClipSpectrum& spectrum) = 0;

  // What cannot be meant about the stems of the clip at the pitches whose levels were taken; "" for nothing.
  virtual std::string anomaly() const { return ""; }
};

// `gpu`: the device that a separator takes, where there are any; -1 for the CPU.
std::unique_ptr<TimbreSource> make_timbre_source(const config::Features& settings, int gpu);

// open_torchscript_stems() of torchscript_stems.h.
inline constinit LateFunction<std::unique_ptr<TimbreSource>(const config::Features& settings, int gpu)>
    open_separator_late;

// The levels of stems that last as long as the clip.
ClipTimbre clip_timbre(Stems stems, const Segments& segments = {});

}  // namespace musicmem::features
