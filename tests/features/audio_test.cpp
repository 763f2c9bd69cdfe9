// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/sound/audio.h"

#include "config/error.h"
#include "features/sound/ffmpeg_reader.h"
#include "features/sound/pitch_shift.h"
#include "features/sound/sound_file.h"
#include "tests/features/signals.h"
#include "tests/own_path.h"

#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <numbers>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sndfile.h>

namespace musicmem::features {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class AudioFile : public testing::Test {
 protected:
  void SetUp() override {
    directory_ = own_path();
    fs::create_directories(directory_);
  }
  void TearDown() override { fs::remove_all(directory_); }

  // A tone in every channel at a level of its own: 1/2 in the first, 1/4 in the second ...
  fs::path write_tone(const std::string& name, int format, int rate, int channels, double seconds,
                      double hertz = 440.0) {
    std::vector<float> samples;
    for (int i = 0; i < static_cast<int>(seconds * rate); ++i) {
      const double value = std::sin(2.0 * std::numbers::pi * hertz * i / rate);
      for (int c = 0; c < channels; ++c) samples.push_back(static_cast<float>(value * std::pow(0.5, c + 1)));
    }
    return write_samples(name, format, rate, channels, samples);
  }

  fs::path write_samples(const std::string& name, int format, int rate, int channels,
                         const std::vector<float>& samples) {
    SF_INFO info{};
    info.samplerate = rate;
    info.channels = channels;
    info.format = format;
    const fs::path path = directory_ / name;
    SNDFILE* file = sf_open(path.c_str(), SFM_WRITE, &info);
    EXPECT_NE(file, nullptr) << sf_strerror(nullptr);
    sf_write_float(file, samples.data(), static_cast<sf_count_t>(samples.size()));
    sf_close(file);
    return path;
  }

  static std::string problem(const fs::path& path, const SoundPart& part = {}) {
    try {
      read_clip(path, part);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }

  fs::path directory_;
};

constexpr int float_wav = SF_FORMAT_WAV | SF_FORMAT_FLOAT;

double level(std::span<const float> samples) {
  double sum = 0.0;
  for (const float x : samples) sum += static_cast<double>(x) * x;
  return std::sqrt(sum / static_cast<double>(samples.size()));
}

TEST_F(AudioFile, any_rate_and_channel_count_becomes_five_seconds_of_mono) {
  for (const int rate : {8000, 16000, 22050, 44100, 96000}) {
    for (const int channels : {1, 2, 6}) {
      const ClipAudio clip = read_clip(write_tone("tone.wav", float_wav, rate, channels, 5.0));

      double mean_level = 0.0;
      for (int c = 0; c < channels; ++c) mean_level += std::pow(0.5, c + 1) / channels;
      EXPECT_EQ(clip.samples.size(), clip_samples());
      EXPECT_NEAR(level(clip.samples), mean_level / std::numbers::sqrt2, 2e-4) << rate << " Hz, " << channels;
      EXPECT_EQ(clip.adjustment(), "");
    }
  }
}

TEST_F(AudioFile, flac_and_ogg_are_read) {
  EXPECT_EQ(read_clip(write_tone("a.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 44100, 2, 5.0)).source_channels,
            2);
  EXPECT_EQ(read_clip(write_tone("a.ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS, 44100, 1, 5.0)).source_rate,
            44100);
}

TEST_F(AudioFile, sound_above_the_new_nyquist_frequency_is_removed) {
  const ClipAudio clip = read_clip(write_tone("high.wav", float_wav, 44100, 1, 5.0, 12000.0));

  EXPECT_LT(level(std::span(clip.samples).subspan(2000, 70000)), 1e-4);
}

TEST_F(AudioFile, short_clips_are_padded_and_long_ones_cut_and_both_say_so) {
  const ClipAudio padded = read_clip(write_tone("short.wav", float_wav, 16000, 1, 4.5));
  const ClipAudio cut = read_clip(write_tone("long.wav", float_wav, 16000, 1, 6.25));

  EXPECT_EQ(padded.adjustment(), "padded by 0.50 s");
  EXPECT_EQ(level(std::span(padded.samples).subspan(72000)), 0.0);
  EXPECT_EQ(cut.adjustment(), "trimmed by 1.25 s");
  EXPECT_EQ(cut.samples.size(), clip_samples());
}

TEST_F(AudioFile, a_part_equals_the_file_that_was_cut_before) {
  const std::vector<float> sound = signals::noise(0.3F, 5, 8 * 44100);
  for (const double offset : {0.7, 1.5, 4.0}) {
    const auto begin = static_cast<std::ptrdiff_t>(std::lround(offset * 44100));
    const std::vector<float> rest(sound.begin() + begin, sound.begin() + begin + 3 * 44100);

    const ClipAudio part = read_clip(write_samples("whole.wav", float_wav, 44100, 1, sound), {3.0, offset});
    const ClipAudio cut = read_clip(write_samples("cut.wav", float_wav, 44100, 1, rest), 3.0);

    EXPECT_EQ(part.samples.size(), 3U * study_rate);
    EXPECT_EQ(part.samples, cut.samples) << offset;
    EXPECT_EQ(part.source_seconds, 8.0);
  }
}

TEST_F(AudioFile, a_part_of_coded_sound_is_what_lies_there_when_all_is_decoded) {
  for (const int format : {SF_FORMAT_FLAC | SF_FORMAT_PCM_16, SF_FORMAT_OGG | SF_FORMAT_VORBIS,
                           SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III}) {
    const fs::path file = write_samples("a.sound", format, 44100, 1, signals::noise(0.3F, 5, 6 * 44100));
    const std::vector<float> all = read_sound(file, 6.0).mono;
    const std::vector<float> expected(all.begin() + 55125, all.begin() + 55125 + 88200);

    EXPECT_EQ(read_sound(file, {2.0, 1.25}).mono, expected) << format;
    EXPECT_EQ(read_by_ffmpeg(file, {2.0, 1.25}).mono.size(), 88200U) << format;
  }
  const fs::path flac = write_samples("a.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 44100, 1,
                                      signals::noise(0.3F, 5, 6 * 44100));
  EXPECT_EQ(read_by_ffmpeg(flac, {2.0, 1.25}).mono, read_sound(flac, {2.0, 1.25}).mono);
}

TEST_F(AudioFile, a_file_that_ends_before_half_of_its_part_is_refused_and_one_behind_is_padded) {
  const auto tone = [&](const char* name, double seconds) {
    return write_tone(name, float_wav, 16000, 1, seconds);
  };

  EXPECT_THAT(problem(tone("a.wav", 5.0), {4.0, 10.0}),
              HasSubstr("5.00 s of the 14.00 s to the end of a clip (at least 12.00 s)"));
  EXPECT_THAT(problem(tone("a.wav", 11.0), {4.0, 10.0}), HasSubstr("much too short"));
  const ClipAudio padded = read_clip(tone("a.wav", 13.0), {4.0, 10.0});
  EXPECT_EQ(padded.adjustment(), "padded by 1.00 s");
  EXPECT_EQ(read_clip(tone("a.wav", 15.0), {4.0, 10.0}).adjustment(), "trimmed by 1.00 s");
}

TEST_F(AudioFile, unusable_files_are_refused_with_the_reason) {
  EXPECT_THAT(problem(write_tone("short.wav", float_wav, 16000, 1, 1.0)), HasSubstr("much too short"));
  EXPECT_THAT(problem(write_samples("none.wav", float_wav, 16000, 1, {})), HasSubstr("no samples"));
  std::vector<float> samples(80000, 0.1F);
  samples[70000] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(problem(write_samples("nan.wav", float_wav, 16000, 1, samples)), HasSubstr("not finite"));
  EXPECT_THAT(problem(write_tone("fast.wav", float_wav, 800000, 1, 5.0)), HasSubstr("800000 Hz"));
  const fs::path still = write_tone("still.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 16000, 1, 5.0);
  std::fstream(still, std::ios::in | std::ios::out | std::ios::binary).seekp(24).write("\0\0\0\0", 4);
  EXPECT_THAT(problem(still), HasSubstr("a sample rate of 0 Hz"));
  samples[70000] = 1e20F;
  EXPECT_THAT(problem(write_samples("loud.wav", float_wav, 16000, 1, samples)), HasSubstr("far too loud"));
  samples[70000] = std::numeric_limits<float>::infinity();
  EXPECT_THAT(problem(write_samples("inf.wav", float_wav, 16000, 1, samples)), HasSubstr("not finite"));
  EXPECT_THAT(problem(directory_ / "missing.wav"), HasSubstr("No such file"));
  const fs::path cut = write_tone("cut.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 16000, 1, 5.0);
  fs::resize_file(cut, fs::file_size(cut) - 1000);
  EXPECT_THAT(problem(cut), HasSubstr("cut off"));
  const fs::path flac = write_tone("cut.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 16000, 1, 5.0);
  fs::resize_file(flac, fs::file_size(flac) / 2);
  EXPECT_THAT(problem(flac), HasSubstr("damaged"));
}

// Frequency of a tone from its zero crossings.
double frequency(std::span<const float> samples) {
  int crossings = 0;
  for (std::size_t i = 1; i < samples.size(); ++i)
    crossings += samples[i - 1] < 0.0F && samples[i] >= 0.0F ? 1 : 0;
  return crossings * static_cast<double>(study_rate) / static_cast<double>(samples.size());
}

TEST_F(AudioFile, pitch_shift_moves_a_tone_by_its_semitones_and_keeps_the_length) {
  const std::vector<float> tone = read_clip(write_tone("tone.wav", float_wav, 16000, 1, 5.0)).samples;

  for (const int semitones : {-5, -1, 2, 5}) {
    const std::vector<float> shifted = pitch_shift(tone, study_rate, semitones);

    EXPECT_EQ(shifted.size(), tone.size());
    EXPECT_NEAR(12.0 * std::log2(frequency(std::span(shifted).subspan(8000, 64000)) / 440.0), semitones,
                0.02);
    EXPECT_EQ(shifted, pitch_shift(tone, study_rate, semitones));
  }
}

}  // namespace
}  // namespace musicmem::features
