// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/descriptors/chroma.h"

#include "features/descriptors/harmony.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace musicmem::features {
namespace {

constexpr int rate = 16000;

// A second of a tone with four harmonics; `note` is a MIDI number.
std::vector<float> tone(double note) {
  const double pitch = 440.0 * std::exp2((note - 69.0) / 12.0);
  std::vector<float> y(rate);
  for (int n = 0; n < rate; ++n) {
    double value = 0.0;
    for (int h = 1; h <= 4; ++h) value += std::sin(2.0 * std::numbers::pi * pitch * h * n / rate) / h;
    y[static_cast<std::size_t>(n)] = static_cast<float>(0.3 * value);
  }
  return y;
}

std::vector<float> noise(unsigned seed) {
  std::mt19937 generator(seed);
  std::vector<float> y(rate);
  for (float& value : y) value = static_cast<float>(generator()) / 4294967296.0f - 0.5f;
  return y;
}

TEST(Chroma, of_silence_is_all_zero) {
  ChromaCqt chroma;

  const Chromagram result = chroma.compute(std::vector<float>(rate, 0.0f));

  EXPECT_EQ(result.tuning, 0.0);
  EXPECT_EQ(result.frames, 32);
  EXPECT_EQ(result.chroma, std::vector<float>(12 * 32, 0.0f));
}

TEST(Chroma, does_not_depend_on_the_gain) {
  ChromaCqt chroma;
  const std::vector<float> loud = noise(1);
  std::vector<float> quiet = loud;
  for (float& value : quiet) value *= 0.0037f;

  const Chromagram of_loud = chroma.compute(loud, 0.0);
  const Chromagram of_quiet = chroma.compute(quiet, 0.0);

  EXPECT_THAT(of_quiet.chroma, testing::Pointwise(testing::FloatNear(1e-5f), of_loud.chroma));
}

TEST(Chroma, rotates_by_n_classes_where_a_tone_is_n_semitones_higher) {
  ChromaCqt chroma;
  constexpr int c4 = 60;
  const std::vector<double> of_c = harmony(chroma.compute(tone(c4), 0.0));

  for (int n = 1; n < 12; ++n) {
    const std::vector<double> of_shifted = harmony(chroma.compute(tone(c4 + n), 0.0));

    for (std::size_t c = 0; c < 12; ++c) {
      EXPECT_NEAR(of_shifted[(c + static_cast<std::size_t>(n)) % 12], of_c[c], 0.03) << n << " " << c;
    }
  }
}

TEST(Chroma, of_a_tone_is_largest_at_its_pitch_class) {
  ChromaCqt chroma;

  const std::vector<double> statistics = harmony(chroma.compute(tone(69)));

  EXPECT_EQ(std::max_element(statistics.begin(), statistics.begin() + 12) - statistics.begin(), 9);
}

TEST(Chroma, follows_a_detuned_tone) {
  ChromaCqt chroma;

  const Chromagram result = chroma.compute(tone(69 + 0.2 / 3));  // a fifth of a bin of a third of a semitone

  EXPECT_NEAR(result.tuning, 0.2, 0.051);
}

TEST(Chroma, lies_between_zero_and_one_with_a_one_in_every_frame) {
  ChromaCqt chroma;

  const Chromagram result = chroma.compute(noise(2));

  for (int t = 0; t < result.frames; ++t) {
    float largest = 0.0f;
    for (int c = 0; c < pitch_classes; ++c) {
      const float value = result.chroma[static_cast<std::size_t>(c * result.frames + t)];
      EXPECT_GE(value, 0.0f);
      largest = std::max(largest, value);
    }
    EXPECT_EQ(largest, 1.0f);
  }
}

TEST(Chroma, is_finite_for_degenerate_signals) {
  ChromaCqt chroma;
  std::vector<float> click(rate, 0.0f);
  click[5000] = 1.0f;
  const std::vector<std::vector<float>> signals = {{},
                                                   {0.5f},
                                                   {0.5f, -0.5f},
                                                   std::vector<float>(100, 1.0f),
                                                   std::vector<float>(rate, 1.0f),
                                                   click,
                                                   std::vector<float>(rate, 1e-38f)};

  for (const std::vector<float>& y : signals) {
    const Chromagram result = chroma.compute_unnormalized(y);

    const auto finite = [](float value) { return std::isfinite(value); };
    EXPECT_EQ(result.frames, 1 + static_cast<int>(y.size()) / ConstantQ::hop);
    EXPECT_TRUE(std::ranges::all_of(result.chroma, finite));
    EXPECT_TRUE(std::ranges::all_of(chroma.compute(y).chroma, finite));
    EXPECT_TRUE(std::ranges::all_of(chroma_cens(result), finite));
    EXPECT_TRUE(std::ranges::all_of(tonnetz(result), finite));
  }
}

TEST(Chroma, gives_the_same_bytes_again_whatever_was_computed_between) {
  ChromaCqt chroma;
  const std::vector<float> y = noise(3);
  const Chromagram first = chroma.compute(y);

  for (int i = 0; i < 150; ++i) chroma.compute(std::vector<float>(700, 0.1f), -0.5 + i / 150.0);
  const Chromagram again = chroma.compute(y);

  EXPECT_EQ(again.chroma, first.chroma);
}

TEST(ChromaCens, of_silence_is_all_zero) {
  const Chromagram silence{0.0, 40, std::vector<float>(12 * 40, 0.0f)};

  const std::vector<float> cens = chroma_cens(silence);

  EXPECT_EQ(cens, silence.chroma);
}

TEST(Tonnetz, of_all_classes_equal_is_the_origin) {
  const Chromagram flat{0.0, 2, std::vector<float>(12 * 2, 0.7f)};

  const std::vector<float> centroids = tonnetz(flat);

  EXPECT_THAT(centroids, testing::Each(testing::FloatNear(0.0f, 1e-6f)));
}

TEST(Harmony, is_the_mean_and_population_deviation_of_each_class) {
  Chromagram segment{0.0, 2, std::vector<float>(24, 0.0f)};
  segment.chroma[0] = 1.0f;                         // C, first frame
  segment.chroma[22] = segment.chroma[23] = 0.25f;  // B

  const std::vector<double> statistics = harmony(segment);

  std::vector<double> expected(24, 0.0);
  expected[0] = expected[12] = 0.5;
  expected[11] = 0.25;
  EXPECT_EQ(statistics, expected);
}

TEST(TuningOfSegments, is_what_the_configuration_asks_for) {
  ChromaCqt chroma;
  const std::vector<float> clip = tone(69.1);
  using Kind = config::Tuning::Kind;

  EXPECT_EQ(tuning_of_segments({Kind::per_segment, 0.3}, clip, chroma), std::nullopt);
  EXPECT_EQ(tuning_of_segments({Kind::per_clip, 0.3}, clip, chroma), chroma.estimate_tuning(clip));
  EXPECT_EQ(tuning_of_segments({Kind::fixed, 0.3}, clip, chroma), 0.3);
}

}  // namespace
}  // namespace musicmem::features
