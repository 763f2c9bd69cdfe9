// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/hdf5/hdf5.h"
#include "features/clip_analysis.h"
#include "features/descriptors/tempo.h"
#include "features/fbank.h"
#include "features/sources/timbre.h"
#include "features/spectra/hpss.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace musicmem::features {
namespace {

data::hdf5::Reader golden_file() {
  return data::hdf5::Reader(std::string(MUSICMEM_TEST_DATA) + "/spectral.h5");
}

// Clips and what librosa and torchaudio make of them, see golden/make_spectral_golden.py.
class SpectralGolden : public testing::TestWithParam<std::string> {
 protected:
  std::vector<float> clip() const {
    std::vector<float> samples;
    for (const std::int64_t sample : golden_.integers(path("samples"))) {
      samples.push_back(static_cast<float>(sample) / 32768.0f);
    }
    return samples;
  }
  std::vector<float> expected(const std::string& name) const { return golden_.floats(path(name)); }
  std::vector<double> expected_levels() const { return golden_.doubles(path("levels")); }
  // Every how many frames or samples the dataset keeps.
  std::size_t step(const std::string& name) const {
    return static_cast<std::size_t>(golden_.number_attribute(path(name), "step"));
  }

 private:
  std::string path(const std::string& name) const { return GetParam() + "/" + name; }

  data::hdf5::Reader golden_ = golden_file();
};

// Every `step`-th column of `values` [rows][columns].
std::vector<float> thinned(const std::vector<float>& values, std::size_t columns, std::size_t step) {
  std::vector<float> kept;
  for (std::size_t row = 0; row < values.size(); row += columns) {
    for (std::size_t column = 0; column < columns; column += step) kept.push_back(values[row + column]);
  }
  return kept;
}

std::vector<float> differences(const std::vector<float>& a, const std::vector<float>& b) {
  EXPECT_EQ(a.size(), b.size());
  std::vector<float> result(std::min(a.size(), b.size()));
  for (std::size_t i = 0; i < result.size(); ++i) result[i] = std::abs(a[i] - b[i]);
  return result;
}

float largest_magnitude(const std::vector<float>& values) {
  float largest = 0.0f;
  for (const float value : values) largest = std::max(largest, std::abs(value));
  return largest;
}

// Both sides transform in double and round to single; 1e-5 of the largest value leaves room for the sums,
// which librosa and this code order differently.
TEST_P(SpectralGolden, classic_features_equal_librosa) {
  constexpr float tolerance = 1e-5f;
  Analysers analysers;
  const std::vector<float> samples = clip();
  ClipAnalysis analysis(samples, analysers);

  for (const FeatureMatrix& matrix : analysis.classic()) {
    if (matrix.name == "chroma_cens" || matrix.name == "tonnetz") continue;  // see chroma_golden_test.cpp
    const std::string name = "classic/" + matrix.name;
    const std::vector<float> reference = expected(name);
    const auto ours = thinned(matrix.values, static_cast<std::size_t>(matrix.frames), step(name));
    EXPECT_LE(largest_magnitude(differences(ours, reference)), tolerance * largest_magnitude(reference))
        << name;
  }
}

// Parts of one transform in single precision: rounding of 1e-7 of full scale, several times over.
TEST_P(SpectralGolden, harmonic_and_percussive_parts_equal_librosa) {
  constexpr float tolerance = 1e-6f;
  const std::vector<float> samples = clip();

  Istft istft(frame_length, hop_length);
  const HarmonicPercussive parts = hpss(SpectrumAnalyser().analyse(samples), istft);

  const auto harmonic = thinned(parts.harmonic, samples.size(), step("harmonic"));
  const auto percussive = thinned(parts.percussive, samples.size(), step("percussive"));
  EXPECT_LE(largest_magnitude(differences(harmonic, expected("harmonic"))), tolerance);
  EXPECT_LE(largest_magnitude(differences(percussive, expected("percussive"))), tolerance);
}

// torchaudio computes in single precision: where a filter's energy is tiny, the rounding of
// its transform shows in the logarithm (up to 0.013 against double precision); the median
// shows that the formula is the same.
TEST_P(SpectralGolden, fbank_equals_torchaudio) {
  constexpr float median_tolerance = 1e-5f;
  constexpr float largest_tolerance = 2e-2f;
  std::vector<float> ours;

  const std::vector<float> values = fbank(clip());

  for (std::size_t begin = 0; begin < values.size(); begin += step("fbank") * fbank_mel_bins) {
    ours.insert(ours.end(), values.begin() + static_cast<std::ptrdiff_t>(begin),
                values.begin() + static_cast<std::ptrdiff_t>(begin + fbank_mel_bins));
  }
  std::vector<float> errors = differences(ours, expected("fbank"));
  std::ranges::sort(errors);
  EXPECT_LE(errors[errors.size() / 2], median_tolerance);
  EXPECT_LE(errors.back(), largest_tolerance);
}

// librosa rounds each level to single precision, 1e-5 dB near the floor.
TEST_P(SpectralGolden, timbre_equals_levels_of_librosa) {
  constexpr double tolerance_db = 1e-4;
  const auto scaled = [samples = clip()](float gain) {
    std::vector<float> result = samples;
    for (float& sample : result) sample *= gain;
    return result;
  };
  const Stems stems{scaled(1.0f), scaled(0.1f), scaled(0.001f), scaled(0.0f)};

  const auto values = timbre(decibels(stems), 0, stems.vocals.size());

  const std::vector<double> reference = expected_levels();
  for (std::size_t i = 0; i < values.size(); ++i) EXPECT_NEAR(values[i], reference[i], tolerance_db) << i;
}

INSTANTIATE_TEST_SUITE_P(Clips, SpectralGolden, testing::Values("fast", "slow"),
                         [](const auto& test) { return test.param; });

// Tempi lie on a grid of lags: equal means the same lag, and only division is rounded.
TEST(TempoGolden, finds_the_lag_that_librosa_finds_for_every_rhythm) {
  const data::hdf5::Reader golden = golden_file();
  const std::vector<float> strengths = golden.floats("onsets/strength");
  const std::vector<double> bpm = golden.doubles("onsets/bpm");
  const std::size_t frames = strengths.size() / bpm.size();

  std::vector<double> ours;
  for (std::size_t i = 0; i < bpm.size(); ++i) {
    ours.push_back(tempo(std::span(strengths).subspan(i * frames, frames)));
  }

  for (std::size_t i = 0; i < bpm.size(); ++i) EXPECT_NEAR(ours[i], bpm[i], 1e-9) << "rhythm " << i;
}

}  // namespace
}  // namespace musicmem::features
