// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/sound/audio.h"

#include "config/error.h"
#include "data/files/durable_file.h"
#include "data/files/wav_file.h"
#include "features/sound/sound_check.h"
#include "features/sound/sound_file.h"

#include <cmath>
#include <cstdio>

#include <soxr.h>

namespace musicmem::features {
namespace {

namespace fs = std::filesystem;

constexpr double unreported_seconds = 0.01;  // rounding of file lengths, not worth a word

std::string seconds_text(double seconds) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f s", seconds);
  return text;
}

}  // namespace

std::string ClipAudio::adjustment() const {
  if (padded_seconds > 0.0) return "padded by " + seconds_text(padded_seconds);
  if (cut_seconds > 0.0) return "trimmed by " + seconds_text(cut_seconds);
  return "";
}

ClipRemarks ClipAudio::remarks() const {
  ClipRemarks remarks{adjustment(), {}};
  if (!anomaly.empty()) remarks.anomalies.push_back(anomaly);
  return remarks;
}

ClipAudio read_clip(const fs::path& path, const SoundPart& part) {
  const Sound sound = read_sound(path, part);
  ClipAudio clip;
  clip.source_rate = sound.rate;
  clip.source_channels = sound.channels;
  clip.source_seconds = sound.seconds;
  const double shortest = part.offset + shortest_share * part.seconds;
  if (clip.source_seconds < shortest || sound.mono.empty()) {
    fail_sound(path, "is much too short: " + seconds_text(clip.source_seconds) + " of the " +
                         seconds_text(part.end()) + (part.offset > 0.0 ? " to the end" : "") +
                         " of a clip (at least " + seconds_text(shortest) + ")");
  }
  require_sound(sound, path);
  clip.anomaly = sound_anomaly(sound);
  clip.samples = resample(sound.mono, sound.rate, study_rate);
  clip.samples.resize(samples_of(part.seconds), 0.0F);
  const double excess = clip.source_seconds - part.end();
  if (excess > unreported_seconds) clip.cut_seconds = excess;
  if (excess < -unreported_seconds) clip.padded_seconds = -excess;
  return clip;
}

std::vector<float> resample(std::span<const float> samples, double from, double to) {
  if (from == to) return {samples.begin(), samples.end()};
  const auto size = static_cast<std::size_t>(std::llround(static_cast<double>(samples.size()) * to / from));
  std::vector<float> resampled(size);
  std::size_t done = 0;
  const soxr_quality_spec_t quality = soxr_quality_spec(SOXR_HQ, 0);
  const soxr_error_t error = soxr_oneshot(from, to, 1, samples.data(), samples.size(), nullptr,
                                          resampled.data(), size, &done, nullptr, &quality, nullptr);
  if (error != nullptr) throw Error(std::string("sound cannot be resampled: ") + soxr_strerror(error));
  resampled.resize(done);
  return resampled;
}

void write_wav(const fs::path& path, std::span<const float> samples, int rate) {
  data::make_directories(fs::absolute(path).parent_path());
  data::write_file_durably(path, data::wav_file(samples, 1, rate));
}

}  // namespace musicmem::features
