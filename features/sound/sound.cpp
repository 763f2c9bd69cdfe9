// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/sound/sound.h"

#include "config/io_error.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace musicmem::features {
namespace {

void require_sane(float sample, const std::filesystem::path& path) {
  if (!std::isfinite(sample)) fail_sound(path, "holds samples that are not finite numbers");
  if (std::abs(sample) <= loudest_sample) return;
  char text[64];
  std::snprintf(text, sizeof text, "is far too loud: it holds a sample of %g", static_cast<double>(sample));
  fail_sound(path, text);
}

}  // namespace

void Sound::add(std::span<const float> interleaved, std::size_t of_channels,
                const std::filesystem::path& path) {
  for (std::size_t frame = 0; frame + of_channels <= interleaved.size(); frame += of_channels) {
    float sum = 0.0F;
    double squares = 0.0;
    for (const float sample : interleaved.subspan(frame, of_channels)) {
      require_sane(sample, path);
      sum += sample;
      squares += static_cast<double>(sample) * sample;
      peak = std::max(peak, std::abs(sample));
    }
    mono.push_back(sum / static_cast<float>(of_channels));
    channel_squares += squares / static_cast<double>(of_channels);
  }
}

std::size_t frames_before(const SoundPart& part, int rate) {
  return static_cast<std::size_t>(std::llround(part.offset * rate));
}

std::size_t frames_of(const SoundPart& part, int rate) {
  constexpr double rounding = 1e-6;  // 2.1 s at 44.1 kHz are 92610 frames, whatever doubles make of it
  return static_cast<std::size_t>(std::ceil(part.seconds * rate - rounding));
}

void require_known_rate(const std::filesystem::path& path, std::int64_t rate) {
  if (rate > 0 && rate <= highest_rate) return;
  fail_sound(path, "claims a sample rate of " + std::to_string(rate) + " Hz (1 to " +
                       std::to_string(highest_rate) + " are accepted)");
}

void fail_sound(const std::filesystem::path& path, const std::string& problem) {
  throw Error(problem, path.string(), "replace the file");
}

void fail_to_read(const std::filesystem::path& path, const std::string& cause) {
  throw IoError("cannot be read: " + cause, path.string(),
                "check the disk or the file server and run the same command again");
}

}  // namespace musicmem::features
