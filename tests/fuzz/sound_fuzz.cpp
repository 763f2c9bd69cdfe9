// SPDX-License-Identifier: GPL-3.0-or-later
// Bytes as a file of sound: the reader takes them or refuses them, and holds no more than a clip of them.
#include "config/error.h"
#include "features/sound/sound_check.h"
#include "features/sound/sound_file.h"
#include "tests/fuzz/input_file.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr double seconds = 0.5;
  static const musicmem::testing_support::InputFile file;
  file.put(data, size);
  try {
    const musicmem::features::Sound sound = musicmem::features::read_sound(file.path(), seconds);
    if (sound.mono.empty() || sound.mono.size() > musicmem::features::frames_of(seconds, sound.rate))
      std::abort();
    musicmem::features::sound_anomaly(sound);
  } catch (const musicmem::Error&) {  // expected of bytes that are no sound
  }
  return 0;
}
