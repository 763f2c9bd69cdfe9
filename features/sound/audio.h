// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/settings/clip.h"
#include "features/sound/clip_remarks.h"
#include "features/sound/sound.h"

#include <cmath>
#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

// Sound in: any file of sound becomes one mono clip of exact length at the study's rate.
namespace musicmem::features {

inline constexpr int study_rate = 16000;       // Hz, of everything that features are computed from
inline constexpr double shortest_share = 0.5;  // a file with less than this share of a clip is an error

struct ClipAudio {
  std::vector<float> samples;  // mono, study_rate, exactly as many as were asked for
  int source_rate = 0;         // Hz
  int source_channels = 0;
  double source_seconds = 0.0;  // of the whole file
  double padded_seconds = 0.0;  // silence added at the end; 0 where the file was long enough
  double cut_seconds = 0.0;     // sound left out at the end; 0 where the file was short enough
  std::string anomaly;          // what about its sound cannot be meant (sound_anomaly), or ""

  // "padded by 0.21 s", "trimmed by 1.30 s" or "".
  std::string adjustment() const;

  ClipRemarks remarks() const;
};

inline std::size_t samples_of(double seconds) {
  return static_cast<std::size_t>(std::llround(study_rate * seconds));
}

inline std::size_t clip_samples(const config::ClipGeometry& clip = {}) {
  return samples_of(clip.seconds);
}

// What of a file is a study's clip.
inline SoundPart part_of(const config::ClipGeometry& clip) {
  return {clip.seconds, clip.offset};
}

// Decodes a part of `path` (read_sound), averages the channels, resamples with libsoxr (HQ,
// band-limited) and pads or cuts. Throws Error for files that read_sound refuses, that end before half of the
// part, or whose samples are no sound (require_sound). The same as librosa.load(path, sr=16000, offset=offset,
// duration=seconds) with its default resampler.
ClipAudio read_clip(const std::filesystem::path& path, const SoundPart& part = {});

// `samples` at `from` Hz as samples at `to` Hz, libsoxr HQ in one call, round(size * to / from) of them.
std::vector<float> resample(std::span<const float> samples, double from, double to);

// Writes mono 16-bit WAV (no chunk that would depend on the time), durably.
void write_wav(const std::filesystem::path& path, std::span<const float> samples, int rate);

}  // namespace musicmem::features
