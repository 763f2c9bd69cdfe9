// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/sound/near_duplicates.h"

#include "data/generator.h"
#include "features/sound/audio.h"
#include "features/sound/sound_sketch.h"
#include "tests/features/random_prints.h"

#include <cmath>
#include <numbers>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace musicmem::features {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::size_t five_seconds = 5 * study_rate;

// Notes of random pitch, length and level.
std::vector<float> melody(std::uint64_t seed) {
  data::Generator random(seed);
  std::vector<float> samples(five_seconds);
  for (int note = 0; note < 30; ++note) {
    const double hertz = 110.0 * std::exp2(random.uniform(0.0, 4.0));
    const auto start = static_cast<std::size_t>(random.uniform(0.0, 4.8) * study_rate);
    const auto length = static_cast<std::size_t>(random.uniform(0.1, 0.8) * study_rate);
    const double level = random.uniform(0.02, 0.1);
    for (std::size_t i = start; i < std::min(samples.size(), start + length); ++i) {
      const double t = static_cast<double>(i - start) / study_rate;
      const double fade = std::exp(-4.0 * t);
      for (int partial = 1; partial <= 4; ++partial)
        samples[i] += static_cast<float>(level * fade / partial *
                                         std::sin(2.0 * std::numbers::pi * hertz * partial * t));
    }
  }
  return samples;
}

// What another lab's copy of a recording may be like: 8 kHz, quieter, and begun 130 ms later.
std::vector<float> copied(const std::vector<float>& samples) {
  std::vector<float> copy = resample(resample(samples, study_rate, 8000.0), 8000.0, study_rate);
  copy.erase(copy.begin(), copy.begin() + 130 * study_rate / 1000);
  copy.resize(samples.size());
  for (float& sample : copy) sample *= 0.2F;
  return copy;
}

TEST(NearDuplicates, are_copies_at_another_rate_gain_and_offset) {
  std::vector<SoundPrint> prints;
  for (const std::uint64_t seed : {1, 2, 3, 4}) prints.push_back(sound_print(melody(seed)));
  prints.push_back(sound_print(copied(melody(2))));

  const std::vector<NearDuplicate> pairs = near_duplicates(prints, {});

  ASSERT_EQ(pairs.size(), 1U);
  EXPECT_EQ(pairs[0].first, 1U);
  EXPECT_EQ(pairs[0].second, 4U);
  EXPECT_GT(pairs[0].correlation, 0.9);
}

TEST(NearDuplicates, of_one_group_do_not_leak) {
  const std::vector<SoundPrint> prints = {sound_print(melody(1)), sound_print(copied(melody(1)))};

  EXPECT_THAT(near_duplicates(prints, std::vector<std::string>{"a", "a"}), IsEmpty());
  EXPECT_EQ(near_duplicates(prints, std::vector<std::string>{"a", "b"}).size(), 1U);
}

TEST(NearDuplicates, are_none_of_60_distinct_clips_or_of_silence) {
  std::vector<SoundPrint> prints;
  for (std::uint64_t seed = 100; seed < 160; ++seed) prints.push_back(sound_print(melody(seed)));
  prints.push_back(sound_print(std::vector<float>(five_seconds)));
  prints.push_back(sound_print(std::vector<float>(five_seconds)));

  EXPECT_THAT(near_duplicates(prints, {}), IsEmpty());
}

// All pairs, one after the other.
std::vector<std::pair<std::size_t, std::size_t>> pairs_above_the_limit(
    const std::vector<SoundPrint>& prints) {
  std::vector<std::pair<std::size_t, std::size_t>> pairs;
  for (std::size_t i = 0; i < prints.size(); ++i) {
    for (std::size_t j = i + 1; j < prints.size(); ++j) {
      const bool are_like =
          std::ranges::equal(prints[i].level, prints[j].level);  // as like_print() makes them
      if (are_like && similarity(prints[i], prints[j]) >= near_duplicate_correlation)
        pairs.emplace_back(i, j);
    }
  }
  return pairs;
}

TEST(NearDuplicates, are_those_that_a_comparison_of_all_pairs_finds_about_the_limit) {
  data::Generator random(5);
  std::vector<SoundPrint> prints;
  for (int pair = 0; pair < 300; ++pair) {
    const int lag = pair % 21 - 10;
    const SoundPrint print = testing::random_print(random);
    prints.push_back(testing::like_print(print, random.uniform(0.78, 0.86), lag, random));
    prints.push_back(print);
  }

  std::vector<std::pair<std::size_t, std::size_t>> found;
  for (const NearDuplicate& pair : near_duplicates(prints, {})) found.emplace_back(pair.first, pair.second);

  const auto expected = pairs_above_the_limit(prints);
  EXPECT_EQ(found, expected);
  EXPECT_GT(expected.size(), 100U) << "too few lie above the limit";
  EXPECT_LT(expected.size(), 290U) << "too few lie below it";
}

TEST(NearDuplicates, of_clips_of_two_lengths_are_found) {
  std::vector<float> longer = melody(1);
  longer.resize(longer.size() + study_rate);
  const std::vector<SoundPrint> prints = {sound_print(melody(1)), sound_print(longer),
                                          sound_print(melody(2))};

  const std::vector<NearDuplicate> pairs = near_duplicates(prints, {});

  for (const NearDuplicate& pair : pairs) EXPECT_LT(pair.second, 2U);
  EXPECT_EQ(pairs.size(), similarity(prints[0], prints[1]) >= near_duplicate_correlation ? 1U : 0U);
}

// Charikar (2002): bits differ with probability arccos(r) / pi, 0.2048 at r = 0.8.
TEST(SoundSketch, differs_by_as_many_bits_as_the_angle_says) {
  constexpr int trials = 400;
  data::Generator random(3);
  const SoundSketcher sketcher(testing::print_frames * testing::print_bands);
  double share = 0.0;
  int most = 0;
  for (int trial = 0; trial < trials; ++trial) {
    const SoundPrint a = testing::random_print(random);
    const SoundPrint b = testing::like_print(a, 0.8, 0, random);
    const int bits = differing(sketcher(a.motion), sketcher(b.motion));
    share += static_cast<double>(bits) / (2.0 * half_sketch_bits) / trials;
    most = std::max(most, bits);
  }

  EXPECT_NEAR(share, std::acos(0.8) / std::numbers::pi, 0.005);
  EXPECT_LT(most, 84) << "five standard deviations";
}

}  // namespace
}  // namespace musicmem::features
