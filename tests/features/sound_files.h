// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/error.h"
#include "data/files/durable_file.h"
#include "features/sound/sound_file.h"
#include "tests/features/signals.h"
#include "tests/own_path.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <numbers>

#include <gtest/gtest.h>
#include <sndfile.h>

// Files of sound that the ffmpeg tool makes, and what it says that their sound is.
namespace musicmem::features::sound_files {

namespace fs = std::filesystem;
inline constexpr int rate = 44100;
inline constexpr double clip = 5.0;

class SoundFile : public testing::Test {
 protected:
  void SetUp() override {
    directory_ = own_path();
    fs::create_directories(directory_);
  }
  void TearDown() override { fs::remove_all(directory_); }

  fs::path path(const std::string& name) const { return directory_ / name; }

  // Two channels of a tone and noise of their own each.
  fs::path write(const std::string& name, double seconds, int format = SF_FORMAT_WAV | SF_FORMAT_PCM_16) {
    const auto frames = static_cast<std::size_t>(seconds * rate);
    const std::vector<float> left = signals::noise(0.1F, 1, frames);
    const std::vector<float> right = signals::noise(0.1F, 2, frames);
    std::vector<float> samples;
    for (std::size_t i = 0; i < frames; ++i) {
      const double tone = 0.4 * std::sin(2.0 * std::numbers::pi * 330.0 * static_cast<double>(i) / rate);
      samples.push_back(static_cast<float>(tone) + left[i]);
      samples.push_back(static_cast<float>(tone / 2.0) + right[i]);
    }
    SF_INFO info{};
    info.samplerate = rate;
    info.channels = 2;
    info.format = format;
    SNDFILE* file = sf_open(path(name).c_str(), SFM_WRITE, &info);
    EXPECT_NE(file, nullptr) << sf_strerror(nullptr);
    sf_write_float(file, samples.data(), static_cast<sf_count_t>(samples.size()));
    sf_close(file);
    return path(name);
  }

  static bool has_ffmpeg() { return std::system("ffmpeg -version >/dev/null 2>&1") == 0; }

  void ffmpeg(const std::string& arguments) const {
    const std::string command =
        "cd '" + directory_.string() + "' && ffmpeg -v error -y " + arguments + " 2>>ffmpeg.log";
    EXPECT_EQ(std::system(command.c_str()), 0) << command;
  }

  // What the ffmpeg tool makes of a file, as the mean of two channels.
  std::vector<float> decoded(const std::string& name) const {
    ffmpeg("-i '" + name + "' -map 0:a:0 -c:a pcm_f32le -f f32le decoded.raw");
    const std::string bytes = data::read_file(path("decoded.raw"));
    std::vector<float> samples(bytes.size() / sizeof(float));
    std::memcpy(samples.data(), bytes.data(), samples.size() * sizeof(float));
    std::vector<float> mono;
    for (std::size_t i = 0; i + 1 < samples.size(); i += 2)
      mono.push_back((samples[i] + samples[i + 1]) / 2.0F);
    return mono;
  }

  // The file's sound is that of the ffmpeg tool, and so is its length.
  void expect_as_ffmpeg(const std::string& name, float tolerance = 1e-4F) const {
    const Sound sound = read_sound(path(name), clip);
    std::vector<float> expected = decoded(name);
    ASSERT_FALSE(expected.empty()) << name;
    const double seconds = static_cast<double>(expected.size()) / sound.rate;
    EXPECT_NEAR(sound.seconds, seconds, 0.06) << name;
    expected.resize(std::min(expected.size(), frames_of(clip, sound.rate)));
    ASSERT_EQ(sound.mono.size(), expected.size()) << name;
    float largest = 0.0F;
    for (std::size_t i = 0; i < expected.size(); ++i)
      largest = std::max(largest, std::abs(sound.mono[i] - expected[i]));
    EXPECT_LE(largest, tolerance) << name;
  }

  void overwrite(const fs::path& file, std::size_t place, const std::string& bytes) const {
    std::fstream(file, std::ios::in | std::ios::out | std::ios::binary)
        .seekp(static_cast<std::streamoff>(place))
        .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  }

  static std::string problem(const fs::path& file) {
    try {
      read_sound(file, clip);
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  }

  fs::path directory_;
};

inline std::string little_endian(std::uint32_t value) {
  std::string bytes;
  for (int i = 0; i < 4; ++i) bytes += static_cast<char>((value >> (8 * i)) & 0xFF);
  return bytes;
}

}  // namespace musicmem::features::sound_files
