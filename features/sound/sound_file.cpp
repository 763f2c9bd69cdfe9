// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/sound/sound_file.h"

#include "config/io_error.h"
#include "features/sound/ffmpeg_reader.h"
#include "features/sound/libsndfile_reader.h"
#include "features/sound/sound_header.h"

#include <cmath>
#include <optional>
#include <utility>

namespace musicmem::features {
namespace {

namespace fs = std::filesystem;

// Empty where FFmpeg cannot read the file; `problem` receives why. Throws what FFmpeg alone notices.
std::optional<Sound> try_ffmpeg(const fs::path& path, const SoundPart& part, std::string& problem) {
  try {
    return read_by_ffmpeg(path, part);
  } catch (const IoError&) {
    throw;
  } catch (const ChangedRate&) {
    throw;
  } catch (const Error& error) {
    problem = error.problem();
    return std::nullopt;
  }
}

// Of the whole file, without decoding it; empty where that is not known.
std::optional<std::int64_t> count_frames(const fs::path& path) {
  try {
    return count_frames_by_ffmpeg(path);
  } catch (const IoError&) {
    throw;
  } catch (const Error&) {
    return std::nullopt;
  }
}

// libsndfile gave all frames of the part, but states another length for the file than the clip's.
void correct_length(Sound& sound, const fs::path& path, const SoundPart& part) {
  constexpr double same_length = 0.1;  // seconds: packets say nothing of the padding at the end
  const std::optional<std::int64_t> frames = count_frames(path);
  if (frames && std::abs(static_cast<double>(*frames) / sound.rate - sound.seconds) <= same_length) return;
  std::string ignored;
  try {
    const std::optional<Sound> other = try_ffmpeg(path, part, ignored);
    if (other && std::abs(other->seconds - sound.seconds) > same_length) sound.seconds = other->seconds;
  } catch (const ChangedRate&) {
    // Behind the part, which is whole.
  }
}

// libsndfile gave less than the part: is that all?
Sound choose(SndfileSound read, const fs::path& path, const SoundPart& part) {
  const auto frames = static_cast<std::int64_t>(read.sound.frames());
  if (!read.ends_early && count_frames(path) == frames) {
    read.sound.seconds = static_cast<double>(frames) / read.sound.rate;
    return std::move(read.sound);
  }
  std::string problem;
  std::optional<Sound> other = try_ffmpeg(path, part, problem);
  const bool disagree = other && other->frames() != read.sound.frames();
  if (disagree) return std::move(*other);
  if (!other && read.ends_early) fail_sound(path, problem);
  read.sound.seconds = static_cast<double>(frames) / read.sound.rate;
  return std::move(read.sound);
}

}  // namespace

Sound read_sound(const fs::path& path, const SoundPart& part) {
  constexpr double as_long_as_the_part = 0.01;  // seconds
  check_sound_header(path);
  std::optional<SndfileSound> read = read_by_libsndfile(path, part);
  if (!read) return read_by_ffmpeg(path, part);
  Sound& sound = read->sound;
  if (sound.mono.size() < frames_of(part, sound.rate)) {
    if (read->is_coded || read->ends_early) return choose(std::move(*read), path, part);
  } else if (read->is_coded && sound.seconds - part.end() > as_long_as_the_part) {
    correct_length(sound, path, part);
  }
  return std::move(sound);
}

}  // namespace musicmem::features
