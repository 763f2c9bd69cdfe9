// SPDX-License-Identifier: GPL-3.0-or-later
// Bytes as a file of sound: the reader takes them or refuses them, and holds no more than a clip of them.
#include "config/error.h"
#include "features/sound/sound_check.h"
#include "features/sound/sound_file.h"

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <unistd.h>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace fs = std::filesystem;
  constexpr double seconds = 0.5;
  static const fs::path file =
      fs::temp_directory_path() / ("musicmem-fuzz-" + std::to_string(::getpid()) + ".sound");
  std::ofstream(file, std::ios::binary)
      .write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
  try {
    const musicmem::features::Sound sound = musicmem::features::read_sound(file, seconds);
    if (sound.mono.empty() || sound.mono.size() > musicmem::features::frames_of(seconds, sound.rate))
      std::abort();
    musicmem::features::sound_doubt(sound);
  } catch (const musicmem::Error&) {  // expected of bytes that are no sound
  }
  fs::remove(file);
  return 0;
}
