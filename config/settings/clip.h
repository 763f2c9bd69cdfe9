// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/settings/setting.h"

#include <optional>
#include <string>

namespace musicmem::config {

// What a study hears of each file, and how it is cut into segments; the defaults are the published study's.
struct ClipGeometry {
  double seconds = 5.0;
  double offset = 0.0;
  double segment = 1.0;
  double hop = 0.5;

  bool operator==(const ClipGeometry&) const = default;
};

// A frame of the chroma's tuning, 2048 samples at 16 kHz; shorter segments would be padding for the most part.
inline constexpr double shortest_segment = 0.128;
inline constexpr double longest_clip = 60.0;

template <class V, SettingsOf<ClipGeometry> S>
void visit(V& v, S& clip) {
  using enum Effect;
  constexpr double shortest_clip = 0.5;
  constexpr double latest = 86400.0;
  constexpr double shortest_hop = 0.01;
  v("seconds", clip.seconds, input, between(shortest_clip, longest_clip),
    "of every file that count; shorter ones are padded with silence, down to half");
  v("offset", clip.offset, input, between(0.0, latest), "seconds into the file where they begin");
  v("segment", clip.segment, input, between(shortest_segment, longest_clip),
    "seconds of a segment, at least what the chroma's transform takes");
  v("hop", clip.hop, input, between(shortest_hop, longest_clip),
    "seconds from one segment to the next; as many segments as fit whole");
}

std::optional<Conflict> conflict(const ClipGeometry& clip);

// "segment must be a number from 0.128 to 60, not 0.1" where a number does not lie in the range of its setting.
std::optional<std::string> range_problem(const ClipGeometry& clip);

}  // namespace musicmem::config
