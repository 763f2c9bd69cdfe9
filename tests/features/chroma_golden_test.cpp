// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/hdf5/hdf5.h"
#include "features/descriptors/chroma.h"
#include "features/descriptors/harmony.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace musicmem::features {
namespace {

// Signals and librosa's answers, see golden/make_chroma_golden.py.
class ChromaGolden : public testing::TestWithParam<std::string> {
 protected:
  std::vector<float> signal() const {
    std::vector<float> samples;
    for (const std::int64_t sample : golden_.integers(path("samples"))) {
      samples.push_back(static_cast<float>(sample) / 32768.0f);
    }
    return samples;
  }
  std::vector<float> expected(const std::string& name) const { return golden_.floats(path(name)); }
  double expected_tuning() const { return golden_.doubles(path("tuning")).front(); }
  std::vector<double> expected_harmony() const { return golden_.doubles(path("harmony")); }

 private:
  std::string path(const std::string& name) const { return GetParam() + "/" + name; }

  data::hdf5::Reader golden_{std::string(MUSICMEM_TEST_DATA) + "/chroma.h5"};
};

template <typename T>
double largest_difference(const std::vector<T>& a, const std::vector<T>& b) {
  EXPECT_EQ(a.size(), b.size());
  double largest = 0.0;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    largest = std::max(largest, std::abs(static_cast<double>(a[i]) - b[i]));
  }
  return largest;
}

TEST_P(ChromaGolden, estimates_the_tuning_of_librosa) {
  ChromaCqt chroma;

  const double tuning = chroma.estimate_tuning(signal());

  EXPECT_NEAR(tuning, expected_tuning(), 1e-12);
}

TEST_P(ChromaGolden, equals_librosa_where_the_tuning_is_fixed) {
  ChromaCqt chroma;

  const Chromagram result = chroma.compute(signal(), 0.0);

  EXPECT_LT(largest_difference(result.chroma, expected("chroma_tuning_zero")), 1e-5);
}

TEST_P(ChromaGolden, equals_librosa_where_the_tuning_is_estimated) {
  ChromaCqt chroma;

  const Chromagram result = chroma.compute(signal());

  EXPECT_LT(largest_difference(result.chroma, expected("chroma")), 1e-5);
}

TEST_P(ChromaGolden, cens_equals_librosa) {
  ChromaCqt chroma;

  const std::vector<float> cens = chroma_cens(chroma.compute_unnormalized(signal()));

  EXPECT_LT(largest_difference(cens, expected("chroma_cens")), 1e-5);
}

TEST_P(ChromaGolden, tonnetz_equals_librosa) {
  ChromaCqt chroma;

  const std::vector<float> centroids = tonnetz(chroma.compute(signal()));

  EXPECT_LT(largest_difference(centroids, expected("tonnetz")), 1e-5);
}

TEST_P(ChromaGolden, harmony_equals_mean_and_population_deviation_of_numpy) {
  ChromaCqt chroma;

  const std::vector<double> statistics = harmony(chroma.compute(signal()));

  EXPECT_LT(largest_difference(statistics, expected_harmony()), 1e-5);
}

INSTANTIATE_TEST_SUITE_P(Signals, ChromaGolden,
                         testing::Values("clean_chords", "detuned_chords", "noisy_chords"),
                         [](const auto& instance) { return instance.param; });

}  // namespace
}  // namespace musicmem::features
