// SPDX-License-Identifier: GPL-3.0-or-later
// Bytes as a file that FFmpeg reads, also those that libsndfile would take first: headers are held against what
// the file holds, packets are counted and decoded, or the file is refused.
#include "config/error.h"
#include "features/sound/ffmpeg_reader.h"
#include "features/sound/sound_header.h"
#include "tests/fuzz/input_file.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace {

// Whether the reader takes the file; anything but an Error ends the process.
template <typename Reader>
bool takes(const Reader& read) {
  try {
    read();
  } catch (const musicmem::Error&) {
    return false;
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace features = musicmem::features;
  constexpr double seconds = 0.5;
  static const musicmem::testing_support::InputFile file;
  file.put(data, size);
  takes([] { features::check_sound_header(file.path()); });
  takes([] {
    if (features::count_frames_by_ffmpeg(file.path()).value_or(0) < 0) std::abort();
  });
  takes([] {
    const features::Sound sound = features::read_by_ffmpeg(file.path(), seconds);
    if (sound.mono.size() > features::frames_of(seconds, sound.rate)) std::abort();
  });
  return 0;
}
