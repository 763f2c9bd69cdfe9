// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/settings/features.h"
#include "features/sound/audio.h"
#include "features/sound/pitch_variants.h"
#include "features/spectra/sample_array.h"

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace musicmem::features {

// Told of each part of the work on a clip as it begins ("spectrum", or the name of a feature set); the part
// ends with what is returned.
using PartWatch = std::function<std::shared_ptr<void>(const std::string& part)>;

// Extracts feature sets from clips; keeps filters and plans between them. One per thread.
class ClipPreparer {
 public:
  // Tables, separator and emotion model are read when the first clip needs them, or by open_sources(). `gpu`:
  // the device that a separator takes, where there are any; -1 for the CPU.
  explicit ClipPreparer(const config::Features& settings, int gpu = 0);
  ~ClipPreparer();
  ClipPreparer(const ClipPreparer&) = delete;
  ClipPreparer& operator=(const ClipPreparer&) = delete;

  void watch_parts(PartWatch watch);

  // Of chroma_cens and tonnetz of the clips from now on; estimated over the whole clip until this is called.
  void set_classic_tuning(double fraction);

  // Reads what the feature set takes from beside the audio. Throws Error where it cannot be used.
  void open_sources(const config::AudioSet& set);

  // The datasets of each of the feature sets, one sample per variant, in one pass over the variants. Throws
  // Error where a feature is not a finite number.
  std::vector<std::vector<SampleArray>> extract(std::span<const config::AudioSet> sets,
                                                const PitchVariants& variants);
  std::vector<SampleArray> extract(const config::AudioSet& set, const PitchVariants& variants);

  // What cannot be meant about the inputs of the clip that extract() was last called with; "" for nothing.
  const std::string& anomaly() const;

  // The clip at its original pitch for people to look at: over time, frames last, where the set has a form
  // for it, else its datasets.
  std::vector<SampleArray> over_time(const config::AudioSet& set, const std::string& track,
                                     const ClipAudio& clip);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace musicmem::features
