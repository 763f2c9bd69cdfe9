// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/hdf5/hdf5.h"
#include "features/descriptors/functionals.h"
#include "features/ehc.h"
#include "features/sources/timbre_source.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace musicmem::features {
namespace {

// The sound of golden/make_clip_golden.py.
std::vector<float> tune(std::size_t samples) {
  constexpr std::size_t beat = 8000;
  std::vector<float> signal(samples);
  std::uint32_t state = 12345;
  const auto draw = [&] { return state = state * 1664525U + 1013904223U; };
  for (std::size_t begin = 0; begin < samples; begin += beat) {
    const std::size_t low = 150 + (draw() >> 16) % 200;
    const std::size_t high = 30 + (draw() >> 16) % 50;
    for (std::size_t n = 0; n < beat && begin + n < samples; ++n) {
      const float level = std::ldexp(0.25F, -static_cast<int>(n / 1000));
      for (const std::size_t period : {low, high})
        signal[begin + n] += n % period < period / 2 ? level : -level;
    }
  }
  for (float& sample : signal)
    sample += static_cast<float>(static_cast<int>(draw() >> 20) - 2048) / 262144.0F;
  return signal;
}

const std::vector<float>& whole_tune() {
  static const std::vector<float> sound = tune(30 * std::size_t{study_rate});
  return sound;
}

// Clips of other geometry and what librosa makes of them.
class ClipGolden : public testing::TestWithParam<std::string> {
 protected:
  config::ClipGeometry geometry() const {
    return {attribute("seconds"), 0.0, attribute("segment"), attribute("hop")};
  }
  std::vector<float> clip() const {
    const auto end = whole_tune().begin() + static_cast<std::ptrdiff_t>(clip_samples(geometry()));
    return {whole_tune().begin(), end};
  }
  std::vector<double> expected(const std::string& name) const {
    return golden_.doubles(GetParam() + "/" + name);
  }

 private:
  double attribute(const std::string& name) const { return golden_.number_attribute(GetParam(), name); }

  data::hdf5::Reader golden_{std::string(MUSICMEM_TEST_DATA) + "/clips.h5"};
};

TEST(ClipGoldenSound, is_that_of_the_script) {
  const std::vector<float> samples =
      data::hdf5::Reader(std::string(MUSICMEM_TEST_DATA) + "/clips.h5").floats("samples");
  for (std::size_t i = 0; i < samples.size(); ++i) ASSERT_EQ(whole_tune()[997 * i], samples[i]) << i;
}

double largest_difference(const std::vector<double>& a, const std::vector<double>& b) {
  EXPECT_EQ(a.size(), b.size());
  double largest = 0.0;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
    largest = std::max(largest, std::abs(a[i] - b[i]) / std::max(1.0, std::abs(b[i])));
  return largest;
}

TEST_P(ClipGolden, explainable_features_equal_librosas) {
  constexpr std::size_t harmony_columns = 24;
  config::Features settings;
  settings.clip = geometry();
  Analysers analysers;
  EhcExtractor extractor(settings);
  const PitchVariants variants{"tune.wav", settings.clip.seconds, {0}, {clip()}};
  ClipAnalysis analysis(variants.samples[0], analysers);

  extractor.open(variants);
  const EhcFeatures features = extractor.extract(0, analysis);

  std::vector<double> harmony;
  for (std::size_t row = 0; row < features.values.size(); row += extractor.columns().size()) {
    const auto begin = features.values.begin() + static_cast<std::ptrdiff_t>(row);
    harmony.insert(harmony.end(), begin, begin + harmony_columns);
  }
  EXPECT_LE(largest_difference(features.chroma_tuning, expected("tuning")), 1e-9);
  EXPECT_LE(largest_difference(harmony, expected("harmony")), 1e-6);
  EXPECT_NEAR(features.bpm, expected("bpm").front(), 1e-9);
}

TEST_P(ClipGolden, levels_of_segments_equal_librosas) {
  const auto scaled = [&](float gain) {
    std::vector<float> result = clip();
    for (float& sample : result) sample *= gain;
    return result;
  };

  const ClipTimbre timbre =
      clip_timbre({scaled(1.0F), scaled(0.125F), scaled(1.0F / 1024.0F), scaled(0.0F)}, Segments(geometry()));

  std::vector<double> levels;
  for (const auto& segment : timbre) levels.insert(levels.end(), segment.begin(), segment.end());
  EXPECT_LE(largest_difference(levels, expected("levels")), 1e-5)
      << "librosa rounds levels to single precision";
}

TEST_P(ClipGolden, classic_features_equal_librosas) {
  Analysers analysers;
  const std::vector<float> samples = clip();
  ClipAnalysis analysis(samples, analysers);

  const PooledFeatures ours = mean_pooled(analysis.classic());
  const std::vector<double> librosas = expected("classic");

  // MFCC are sums of 128 levels of up to 80 dB in single precision, here and in librosa, and their deltas are sums
  // of those: in double precision librosa gives them within 2.2e-6 of ours. The mean over the 16 frames of the
  // shortest clip takes less of that away than the mean over more does.
  const bool is_shortest = GetParam() == "shortest";
  ASSERT_EQ(ours.values.size(), librosas.size());
  for (std::size_t i = 0; i < librosas.size(); ++i) {
    const bool is_cepstral = ours.columns[i].starts_with("mfcc");
    EXPECT_NEAR(ours.values[i], librosas[i],
                (is_cepstral && is_shortest ? 4e-6 : 1e-6) * std::max(1.0, std::abs(librosas[i])))
        << ours.columns[i];
  }
}

INSTANTIATE_TEST_SUITE_P(Clips, ClipGolden,
                         testing::Values("short", "long_segments", "long", "short_segments", "with_gaps",
                                         "shortest"),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace musicmem::features
