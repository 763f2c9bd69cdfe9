// SPDX-License-Identifier: GPL-3.0-or-later
// Harmony features of one clip: nine one-second segments every half second of five seconds at 16 kHz.
#include "features/descriptors/chroma.h"
#include "features/descriptors/harmony.h"
#include "features/spectra/cqt_filters.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <span>
#include <vector>

#include <benchmark/benchmark.h>

namespace {

using namespace musicmem::features;

constexpr std::size_t rate = 16000;

std::vector<float> noise_clip() {
  std::mt19937 generator(1);
  std::vector<float> y(5 * rate);
  for (float& value : y) value = static_cast<float>(generator()) / 4294967296.0f - 0.5f;
  return y;
}

void harmony_of_clip(benchmark::State& state, std::optional<double> tuning) {
  const std::vector<float> clip = noise_clip();
  ChromaCqt chroma;
  for (auto _ : state) {
    for (std::size_t start = 0; start + rate <= clip.size(); start += rate / 2) {
      benchmark::DoNotOptimize(harmony(chroma.compute(std::span(clip).subspan(start, rate), tuning)));
    }
  }
}
BENCHMARK_CAPTURE(harmony_of_clip, tuning_estimated, std::nullopt)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(harmony_of_clip, tuning_fixed, 0.0)->Unit(benchmark::kMillisecond);

void cens_and_tonnetz_of_clip(benchmark::State& state) {
  const std::vector<float> clip = noise_clip();
  ChromaCqt chroma;
  for (auto _ : state) {
    const Chromagram chromagram = chroma.compute_unnormalized(clip);
    benchmark::DoNotOptimize(chroma_cens(chromagram));
    benchmark::DoNotOptimize(tonnetz(chromagram));
  }
}
BENCHMARK(cens_and_tonnetz_of_clip)->Unit(benchmark::kMillisecond);

void filters_of_a_new_tuning(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(make_cqt_filters(rate, 2093.0, 36, 0.1));
}
BENCHMARK(filters_of_a_new_tuning)->Unit(benchmark::kMicrosecond);

}  // namespace
