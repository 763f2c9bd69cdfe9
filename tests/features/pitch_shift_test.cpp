// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/sound/pitch_shift.h"

#include "features/descriptors/chroma.h"
#include "features/sound/audio.h"
#include "tests/features/signals.h"
#include "tests/own_path.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <numbers>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sndfile.h>
#include <unistd.h>

namespace musicmem::features {
namespace {

namespace fs = std::filesystem;

// A held chord: C4, E4 and G4 with a few partials.
std::vector<float> chord() {
  std::vector<float> clip(80000);
  for (std::size_t i = 0; i < clip.size(); ++i) {
    for (const double semitone : {-9.0, -5.0, -2.0}) {
      for (int partial = 1; partial <= 4; ++partial) {
        const double hertz = 440.0 * std::exp2(semitone / 12.0) * partial;
        clip[i] += static_cast<float>(
            0.08 / partial * std::sin(2.0 * std::numbers::pi * hertz * static_cast<double>(i) / study_rate));
      }
    }
  }
  return clip;
}

std::array<double, pitch_classes> mean_chroma(const std::vector<float>& clip) {
  ChromaCqt cqt(study_rate);
  const Chromagram chromagram = cqt.compute(clip, 0.0);
  std::array<double, pitch_classes> means{};
  for (std::size_t i = 0; i < chromagram.chroma.size(); ++i) {
    means[i / static_cast<std::size_t>(chromagram.frames)] += chromagram.chroma[i] / chromagram.frames;
  }
  return means;
}

// The stretcher shifts the balance of partials a little; a rotation by another n differs by 0.8.
TEST(PitchShift, by_n_semitones_rotates_chroma_by_n) {
  const std::vector<float> clip = chord();
  const auto original = mean_chroma(clip);

  for (const int n : {-5, -2, 1, 4}) {
    const auto shifted = mean_chroma(pitch_shift(clip, study_rate, n));
    for (int c = 0; c < pitch_classes; ++c) {
      const auto moved = static_cast<std::size_t>((c + n + pitch_classes) % pitch_classes);
      EXPECT_NEAR(shifted[moved], original[static_cast<std::size_t>(c)], 0.15) << n << " " << c;
    }
  }
}

// The published study's shifts and others; 0.001 cent is 1e-5 semitones.
TEST(PitchShift, is_by_the_least_fraction_within_a_thousandth_of_a_cent) {
  for (double semitones = -24.0; semitones <= 24.0; semitones += 0.125)
    EXPECT_NEAR(12.0 * std::log2(pitch_ratio(semitones)), semitones, 1.0001e-5);
  EXPECT_EQ(pitch_ratio(1), 1461.0 / 1379.0);
  EXPECT_EQ(pitch_ratio(4), 635.0 / 504.0);
  EXPECT_EQ(pitch_ratio(-5), 1992.0 / 2659.0);
  EXPECT_EQ(pitch_ratio(12), 2.0);
}

TEST(PitchShift, does_not_depend_on_what_was_shifted_before) {
  const std::vector<float> clip = chord();
  const std::vector<float> first = pitch_shift(clip, study_rate, 3);

  pitch_shift(signals::noise(0.9f, 1), study_rate, -5);

  EXPECT_EQ(pitch_shift(clip, study_rate, 3), first);
}

TEST(PitchShift, keeps_silence_and_length_of_difficult_signals) {
  for (const auto& [name, clip] : signals::difficult()) {
    const std::vector<float> shifted = pitch_shift(clip, study_rate, 2);

    EXPECT_EQ(shifted.size(), clip.size()) << name;
    EXPECT_TRUE(std::ranges::all_of(shifted, [](float x) { return std::isfinite(x); })) << name;
  }
  EXPECT_EQ(pitch_shift(signals::constant(0.0f), study_rate, 2), signals::constant(0.0f));
}

struct FloatWav {
  static void write(const fs::path& path, const std::vector<float>& samples) {
    SF_INFO info{};
    info.samplerate = study_rate;
    info.channels = 1;
    info.format = SF_FORMAT_WAV | SF_FORMAT_FLOAT;
    SNDFILE* file = sf_open(path.c_str(), SFM_WRITE, &info);
    sf_writef_float(file, samples.data(), static_cast<sf_count_t>(samples.size()));
    sf_close(file);
  }

  static std::vector<float> read(const fs::path& path) {
    SF_INFO info{};
    SNDFILE* file = sf_open(path.c_str(), SFM_READ, &info);
    if (file == nullptr) return {};
    std::vector<float> samples(static_cast<std::size_t>(info.frames));
    sf_readf_float(file, samples.data(), info.frames);
    sf_close(file);
    return samples;
  }
};

TEST(PitchShift, gives_the_samples_of_the_command_line_tool) {
  if (std::system("command -v rubberband >/dev/null 2>&1") != 0) {
    GTEST_SKIP() << "needs the rubberband command line tool (package rubberband-cli)";
  }
  const fs::path directory = own_path();
  fs::create_directories(directory);
  // As it is, so loud that the tool lowers the output once or more, and so loud that it clips.
  for (const float gain : {1.0F, 2.0F, 2.4F, 3.0F}) {
    std::vector<float> clip = chord();
    for (float& sample : clip) sample *= gain;
    FloatWav::write(directory / "in.wav", clip);
    for (const int n : {-4, 3}) {
      const std::string command =
          fmt::format("rubberband -q -f {:.17g} {} {} >/dev/null 2>&1", pitch_ratio(n),
                      (directory / "in.wav").string(), (directory / "out.wav").string());
      ASSERT_EQ(std::system(command.c_str()), 0);
      EXPECT_EQ(pitch_shift(clip, study_rate, n), FloatWav::read(directory / "out.wav")) << gain << " " << n;
    }
  }
  fs::remove_all(directory);
}

}  // namespace
}  // namespace musicmem::features
