// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "data/generator.h"
#include "features/sound/near_duplicates.h"

#include <algorithm>
#include <cmath>

// Prints of no sound, as near_duplicates() takes them.
namespace musicmem::features::testing {

inline constexpr std::size_t print_bands = 25;
inline constexpr std::size_t print_frames = 101;  // 5 s

// Bands that move on their own, each following itself over some frames, and a colour of sound that differs from
// the next print's by some decibel.
inline SoundPrint random_print(data::Generator& random) {
  constexpr float memory = 0.7F;
  SoundPrint print;
  print.level.resize(print_bands);
  const double tilt = 6.0 * random.normal();
  const double curve = 4.0 * random.normal();
  float mean = 0.0F;
  for (std::size_t band = 0; band < print_bands; ++band) {
    const double x = 2.0 * static_cast<double>(band) / (print_bands - 1.0) - 1.0;
    print.level[band] = static_cast<float>(tilt * x + curve * (x * x - 0.36) + 3.0 * random.normal());
    mean += print.level[band] / static_cast<float>(print_bands);
  }
  for (float& level : print.level) level -= mean;
  print.motion.resize(print_frames * print_bands);
  for (std::size_t i = 0; i < print.motion.size(); ++i) {
    const float before = i < print_bands ? 0.0F : print.motion[i - print_bands];
    print.motion[i] = memory * before + static_cast<float>(random.normal());
  }
  return print;
}

// A print that lags behind the other by so many frames, -10 to 10, and correlates with it by about `correlation`.
inline SoundPrint like_print(const SoundPrint& print, double correlation, int lag, data::Generator& random) {
  SoundPrint like = random_print(random);
  like.level = print.level;
  const auto own = static_cast<float>(std::sqrt(1.0 - correlation * correlation));
  const auto shared = static_cast<float>(correlation);
  const long shift = static_cast<long>(lag) * static_cast<long>(print_bands);
  for (long i = 0; i < static_cast<long>(like.motion.size()); ++i) {
    const long from = i - shift;
    float& value = like.motion[static_cast<std::size_t>(i)];
    if (from >= 0 && from < static_cast<long>(print.motion.size()))
      value = shared * print.motion[static_cast<std::size_t>(from)] + own * value;
  }
  return like;
}

}  // namespace musicmem::features::testing
