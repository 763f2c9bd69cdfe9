// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/settings/clip.h"
#include "features/sound/audio.h"

#include <cstddef>
#include <span>

namespace musicmem::features {

// The segments of a clip: as many as fit whole, of one second every half second unless a study says otherwise.
struct Segments {
  std::size_t count = 0;
  std::size_t samples = 0;  // of each, at study_rate
  std::size_t hop = 0;      // samples from the begin of one to that of the next

  Segments() : Segments(config::ClipGeometry{}) {}
  // The clip holds at least one.
  explicit Segments(const config::ClipGeometry& clip)
      : samples(samples_of(clip.segment)), hop(samples_of(clip.hop)) {
    count = 1 + (clip_samples(clip) - samples) / hop;
  }

  std::size_t begin(std::size_t segment) const { return segment * hop; }

  template <class T>
  std::span<T> of(std::span<T> clip, std::size_t segment) const {
    return clip.subspan(begin(segment), samples);
  }
};

}  // namespace musicmem::features
