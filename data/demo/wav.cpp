// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/demo/wav.h"

#include "data/files/wav_file.h"

#include <cmath>
#include <vector>

namespace musicmem::data {

std::string wav_bytes(const StereoSound& sound) {
  std::vector<std::int16_t> interleaved;
  interleaved.reserve(2 * sound.left.size());
  for (std::size_t n = 0; n < sound.left.size(); ++n) {
    for (const float sample : {sound.left[n], sound.right[n]}) {
      interleaved.push_back(static_cast<std::int16_t>(std::lround(32767.0f * sample)));
    }
  }
  return wav_file(interleaved, 2, demo_sample_rate);
}

}  // namespace musicmem::data
