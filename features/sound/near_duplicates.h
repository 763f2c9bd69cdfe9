// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

// Clips that are the same recording, or nearly: at another rate or gain, in another codec, some frames off. Where
// they stand on two sides of a split, a model is tested on what it was trained on.
namespace musicmem::features {

// How the bands of a clip move over time, whatever its gain.
struct SoundPrint {
  std::vector<float> level;   // of each band below 3.5 kHz, dB against their mean
  std::vector<float> motion;  // [frames of 50 ms][bands], dB against the band's mean; empty for silence
};

// `samples`: mono, study_rate.
SoundPrint sound_print(std::span<const float> samples);

// The largest correlation of their motions over offsets of up to 0.5 s either way; 0 for silence. Above
// near_duplicate_correlation the two are nearly the same sound.
double similarity(const SoundPrint& a, const SoundPrint& b);

inline constexpr double near_duplicate_correlation = 0.8;

struct NearDuplicate {
  std::size_t first = 0;
  std::size_t second = 0;  // above first
  double correlation = 0.0;
};

// Pairs of `prints` that are nearly the same sound and of like level in all bands, in order; of tracks of one
// group (`groups`: of each, empty where each is alone) none. Pairs are looked at by the sketches of their prints
// first: one whose correlation is near_duplicate_correlation is overlooked in fewer than one of 10^9 cases.
std::vector<NearDuplicate> near_duplicates(std::span<const SoundPrint> prints,
                                           std::span<const std::string> groups);

}  // namespace musicmem::features
