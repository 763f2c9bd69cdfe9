// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/spectra/hpss.h"

#include "features/spectra/running_median.h"
#include "tests/features/signals.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include <gtest/gtest.h>

namespace musicmem::features {
namespace {

// The definition: sort every window of the mirrored signal.
std::vector<float> sorted_medians(const std::vector<float>& in) {
  constexpr int half = RunningMedian::width / 2;
  const int size = static_cast<int>(in.size());
  std::vector<float> out;
  for (int i = 0; i < size; ++i) {
    std::vector<float> window;
    for (int j = i - half; j <= i + half; ++j) {
      int place = j;
      while (place < 0 || place >= size) place = place < 0 ? -1 - place : 2 * size - 1 - place;
      window.push_back(in[static_cast<std::size_t>(place)]);
    }
    std::ranges::sort(window);
    out.push_back(window[half]);
  }
  return out;
}

HarmonicPercussive parts_of(const std::vector<float>& clip) {
  Istft istft(frame_length, hop_length);
  return hpss(SpectrumAnalyser().analyse(clip), istft);
}

double energy(const std::vector<float>& signal) {
  return std::inner_product(signal.begin(), signal.end(), signal.begin(), 0.0);
}

TEST(RunningMedian, equals_sorting_every_window) {
  for (const std::size_t size : {1u, 2u, 7u, 15u, 16u, 31u, 157u, 1025u}) {
    const std::vector<float> in = signals::noise(1.0f, static_cast<std::uint32_t>(size), size);
    std::vector<float> out(size);

    RunningMedian().filter(in, out);

    EXPECT_EQ(out, sorted_medians(in)) << size;
  }
}

TEST(RunningMedian, keeps_count_of_equal_values) {
  std::vector<float> in = signals::noise(3.0f, 9, 400);
  for (float& value : in) value = std::round(value);  // seven different values
  std::vector<float> out(in.size());

  RunningMedian().filter(in, out);

  EXPECT_EQ(out, sorted_medians(in));
}

// Two transforms there and back in single precision.
TEST(Hpss, parts_sum_to_the_signal) {
  for (const auto& [name, clip] : signals::difficult()) {
    const HarmonicPercussive parts = parts_of(clip);

    ASSERT_EQ(parts.harmonic.size(), clip.size());
    ASSERT_EQ(parts.percussive.size(), clip.size());
    for (std::size_t i = 0; i < clip.size(); ++i) {
      ASSERT_NEAR(parts.harmonic[i] + parts.percussive[i], clip[i], 2e-6f) << name << " at " << i;
    }
  }
}

TEST(Hpss, clicks_are_percussive) {
  const std::vector<float> clip = signals::clicks(8000);

  const HarmonicPercussive parts = parts_of(clip);

  EXPECT_GT(energy(parts.percussive), 100.0 * energy(parts.harmonic));
}

TEST(Hpss, steady_tone_is_harmonic) {
  std::vector<float> clip(80000);
  for (std::size_t i = 0; i < clip.size(); ++i) {
    clip[i] = 0.5f *
              static_cast<float>(std::sin(2.0 * std::numbers::pi * 440.0 * static_cast<double>(i) / 16000.0));
  }

  const HarmonicPercussive parts = parts_of(clip);

  EXPECT_GT(energy(parts.harmonic), 100.0 * energy(parts.percussive));
}

}  // namespace
}  // namespace musicmem::features
