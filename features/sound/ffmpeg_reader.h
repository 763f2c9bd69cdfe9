// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/error.h"
#include "features/sound/sound.h"

#include <cstdint>
#include <optional>

namespace musicmem::features {

// Sound of two rates in one file, such as MP3s or Ogg streams that were joined.
class ChangedRate : public Error {
 public:
  using Error::Error;
};

// A part of the first sound stream of a file, also of a video, as the ffmpeg tool decodes it: encoder delay and padding
// that the file tells of are trimmed, and the sound ends where the packets end, whatever length the header
// gives. The whole file's length is counted from its packets. Throws Error with FFmpeg's cause where the file
// holds no sound that it knows, where a packet before the sound's end cannot be decoded (of lossless codecs:
// any packet, checksums included), and where the rate changes on the way.
// The last of these is a ChangedRate.
Sound read_by_ffmpeg(const std::filesystem::path& path, const SoundPart& part);

// How many frames read_by_ffmpeg gives of a whole file that is in order, by what its packets state: nothing
// is decoded, so damage goes unnoticed. Empty where they do not tell, as in chained streams. Throws Error
// where FFmpeg cannot open the file, IoError where the disk fails.
std::optional<std::int64_t> count_frames_by_ffmpeg(const std::filesystem::path& path);

}  // namespace musicmem::features
