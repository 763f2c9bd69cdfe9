// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "data/demo/song.h"

#include <cstdint>
#include <vector>

// Sound of the synthetic study: a few additive voices, a drum machine and a little room.
namespace musicmem::data {

constexpr int demo_sample_rate = 44100;
constexpr int demo_seconds = 5;

// Samples in [-1, 1], both channels equally long.
struct StereoSound {
  std::vector<float> left;
  std::vector<float> right;
};

// Composes and renders one clip of demo_seconds at demo_sample_rate. Everything but the drums has the same
// RMS in every clip; the drums stand over it as the traits say. Equal arguments give equal samples.
StereoSound render_clip(const ClipTraits& traits, std::uint64_t seed);

}  // namespace musicmem::data
