// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/audio.h"

#include "config/error.h"
#include "data/durable_file.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <memory>

#include <sndfile.h>
#include <soxr.h>

namespace musicmem::features {
namespace {

namespace fs = std::filesystem;

constexpr int highest_rate = 768000;
constexpr double unreported_seconds = 0.01;  // rounding of file lengths, not worth a word
// Floats that hold 32-bit integers reach 2^31. Far above, sums of powers leave what a float can hold.
constexpr float loudest_sample = 1e10F;

struct CloseSound {
  void operator()(SNDFILE* file) const { sf_close(file); }
};
using Sound = std::unique_ptr<SNDFILE, CloseSound>;

std::string seconds_text(double seconds) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f s", seconds);
  return text;
}

std::string number_text(float value) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", static_cast<double>(value));
  return text;
}

[[noreturn]] void fail(const fs::path& path, const std::string& problem) {
  throw Error(problem, path.string(), "replace the file");
}

std::uint32_t little_endian(const char* bytes) {
  std::uint32_t value = 0;
  for (int i = 3; i >= 0; --i) value = (value << 8) | static_cast<unsigned char>(bytes[i]);
  return value;
}

void require_known_rate(const fs::path& path, std::uint32_t rate) {
  if (rate == 0 || rate > highest_rate) {
    fail(path, "claims a sample rate of " + std::to_string(rate) + " Hz (1 to " +
                   std::to_string(highest_rate) + " are accepted)");
  }
}

// Throws where a RIFF file has a rate that libsndfile would call an internal error, or where its data chunk
// promises more bytes than the file holds: libsndfile would silently take what is there. Sizes of 0 and of
// all ones are what writers leave that could not go back to fill them in.
void check_wav_header(const fs::path& path, std::uint64_t size) {
  std::ifstream file(path, std::ios::binary);
  char header[12];
  if (!file.read(header, sizeof header) || std::memcmp(header, "RIFF", 4) != 0) return;
  std::uint64_t position = sizeof header;
  char chunk[8];
  while (file.seekg(static_cast<std::streamoff>(position)) && file.read(chunk, sizeof chunk)) {
    const std::uint64_t length = little_endian(chunk + 4);
    position += sizeof chunk;
    char format[8];  // codec, channels, rate
    if (std::memcmp(chunk, "fmt ", 4) == 0 && file.read(format, sizeof format)) {
      require_known_rate(path, little_endian(format + 4));
    }
    if (std::memcmp(chunk, "data", 4) == 0) {
      if (length != 0 && length != 0xFFFFFFFFu && position + length > size) {
        fail(path, "is cut off: its header promises " + std::to_string(length) +
                       " bytes of sound, it holds " + std::to_string(size - position));
      }
      return;
    }
    position += length + (length & 1);
  }
}

Sound open_sound(const fs::path& path, SF_INFO& info) {
  std::error_code error;
  const auto size = fs::file_size(path, error);
  if (error) fail(path, "cannot be opened: " + error.message());
  if (size == 0) fail(path, "is an empty file");
  check_wav_header(path, size);
  Sound sound(sf_open(path.c_str(), SFM_READ, &info));
  if (!sound) fail(path, std::string("is not audio that can be read: ") + sf_strerror(nullptr));
  require_known_rate(path, static_cast<std::uint32_t>(std::max(info.samplerate, 0)));
  if (info.frames <= 0 || info.channels <= 0) fail(path, "holds no samples");
  return sound;
}

// The first `frames` frames as the mean of the channels.
std::vector<float> read_mono(SNDFILE* sound, const SF_INFO& info, sf_count_t frames, const fs::path& path) {
  constexpr sf_count_t block = 4096;
  const auto channels = static_cast<std::size_t>(info.channels);
  std::vector<float> interleaved(static_cast<std::size_t>(block) * channels);
  std::vector<float> mono;
  mono.reserve(static_cast<std::size_t>(frames));
  while (static_cast<sf_count_t>(mono.size()) < frames) {
    const sf_count_t wanted = std::min<sf_count_t>(block, frames - static_cast<sf_count_t>(mono.size()));
    const sf_count_t got = sf_readf_float(sound, interleaved.data(), wanted);
    if (got <= 0) fail(path, "is damaged: its sound ends before the length its header gives");
    for (std::size_t frame = 0; frame < static_cast<std::size_t>(got); ++frame) {
      float sum = 0.0F;
      for (std::size_t c = 0; c < channels; ++c) sum += interleaved[frame * channels + c];
      mono.push_back(sum / static_cast<float>(channels));
    }
  }
  for (const float sample : mono) {
    if (!std::isfinite(sample)) fail(path, "holds samples that are not finite numbers");
    if (std::abs(sample) > loudest_sample)
      fail(path, "is far too loud: it holds a sample of " + number_text(sample));
  }
  return mono;
}

}  // namespace

std::string ClipAudio::adjustment() const {
  if (padded_seconds > 0.0) return "padded by " + seconds_text(padded_seconds);
  if (cut_seconds > 0.0) return "cut by " + seconds_text(cut_seconds);
  return "";
}

ClipAudio read_clip(const fs::path& path, double seconds) {
  SF_INFO info{};
  const Sound sound = open_sound(path, info);
  ClipAudio clip;
  clip.source_rate = info.samplerate;
  clip.source_channels = info.channels;
  clip.source_seconds = static_cast<double>(info.frames) / info.samplerate;
  if (clip.source_seconds < shortest_share * seconds) {
    fail(path, "is much too short: " + seconds_text(clip.source_seconds) + " of the " +
                   seconds_text(seconds) + " of a clip (at least " + seconds_text(shortest_share * seconds) +
                   ")");
  }
  const auto wanted = static_cast<sf_count_t>(std::ceil(seconds * info.samplerate));
  const std::vector<float> mono = read_mono(sound.get(), info, std::min(info.frames, wanted), path);
  clip.samples = resample(mono, info.samplerate, study_rate);
  clip.samples.resize(static_cast<std::size_t>(std::llround(study_rate * seconds)), 0.0F);
  const double excess = clip.source_seconds - seconds;
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
  const fs::path scratch = data::temporary_name(path.string() + ".scratch");
  SF_INFO info{};
  info.samplerate = rate;
  info.channels = 1;
  info.format = SF_FORMAT_WAV | SF_FORMAT_PCM_16;
  {
    const Sound sound(sf_open(scratch.c_str(), SFM_WRITE, &info));
    if (!sound) throw Error(std::string("cannot be written: ") + sf_strerror(nullptr), path.string());
    sf_command(sound.get(), SFC_SET_CLIPPING, nullptr, SF_TRUE);
    const auto written =
        sf_writef_float(sound.get(), samples.data(), static_cast<sf_count_t>(samples.size()));
    if (written != static_cast<sf_count_t>(samples.size())) {
      fs::remove(scratch);
      throw Error("cannot be written whole", path.string(), "check the free space");
    }
  }
  const std::string bytes = data::read_file(scratch);
  fs::remove(scratch);
  data::write_file_durably(path, bytes);
}

}  // namespace musicmem::features
