// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/settings/setting.h"

#include <vector>

namespace musicmem::config {

// `augment`: what is made of each clip beside itself.
struct Augment {
  std::vector<int> pitch_semitones = {-5, -4, -3, -2, -1, 1, 2, 3, 4, 5};
  bool keep_audio = false;
};

template <class V, SettingsOf<Augment> S>
void visit(V& v, S& augment) {
  using enum Effect;
  constexpr int two_octaves = 24;
  v("pitch_semitones", augment.pitch_semitones, input, between(-two_octaves, two_octaves),
    "pitch shifts of each clip, which augmented variants learn from as well");
  v("keep_audio", augment.keep_audio, nothing, "write shifted clips to <audio>/../<n>_semitones/");
}

std::optional<Conflict> conflict(const Augment& augment);

}  // namespace musicmem::config
