// SPDX-License-Identifier: GPL-3.0-or-later
// The stages of feature extraction of one five-second clip at 16 kHz, as `musicmem bench features` names
// them.
#include "data/demo/study.h"
#include "data/demo/synth.h"
#include "features/clip_analysis.h"
#include "features/descriptors/onset.h"
#include "features/descriptors/tempo.h"
#include "features/fbank.h"
#include "features/sound/audio.h"
#include "features/sound/pitch_shift.h"
#include "features/sources/timbre_source.h"
#include "features/spectra/hpss.h"

#include <vector>

#include <benchmark/benchmark.h>

namespace {

using namespace musicmem::features;

// Music as the synthetic study has it, and its spectrum.
struct Clip {
  Clip() {
    using namespace musicmem::data;
    const StereoSound sound = render_clip(demo_traits(1, 1).front(), 1);
    original = sound.left;
    samples = resample(original, demo_sample_rate, study_rate);
    samples.resize(clip_samples());
    spectrum = analysers.spectrum.analyse(samples);
  }

  Analysers analysers;
  std::vector<float> original;  // at 44.1 kHz
  std::vector<float> samples;
  ClipSpectrum spectrum;
};

Clip& clip() {
  static Clip instance;
  return instance;
}

template <typename Work>
void measure(benchmark::State& state, Work work) {
  work();  // builds filters and plans
  for (auto _ : state) benchmark::DoNotOptimize(work());
}

void resampling(benchmark::State& state) {
  measure(state, [] { return resample(clip().original, musicmem::data::demo_sample_rate, study_rate); });
}
BENCHMARK(resampling)->Unit(benchmark::kMillisecond);

void shift_of_pitch(benchmark::State& state) {
  measure(state, [] { return pitch_shift(clip().samples, study_rate, 3); });
}
BENCHMARK(shift_of_pitch)->Unit(benchmark::kMillisecond);

void spectrum(benchmark::State& state) {
  measure(state, [] { return clip().analysers.spectrum.analyse(clip().samples); });
}
BENCHMARK(spectrum)->Unit(benchmark::kMillisecond);

void tempo_of_spectrum(benchmark::State& state) {
  measure(state, [] { return tempo(onset_strength_of(clip().spectrum)); });
}
BENCHMARK(tempo_of_spectrum)->Unit(benchmark::kMillisecond);

void percussive_and_harmonic_parts(benchmark::State& state) {
  Istft istft(frame_length, hop_length);
  measure(state, [&] { return hpss(clip().spectrum, istft); });
}
BENCHMARK(percussive_and_harmonic_parts)->Unit(benchmark::kMillisecond);

void approximate_stems(benchmark::State& state) {
  ApproximateSeparator separator;
  measure(state, [&] { return separator.separate(clip().spectrum); });
}
BENCHMARK(approximate_stems)->Unit(benchmark::kMillisecond);

void levels_of_stems(benchmark::State& state) {
  const Stems stems = ApproximateSeparator().separate(clip().spectrum);
  measure(state, [&] { return clip_timbre(stems); });
}
BENCHMARK(levels_of_stems)->Unit(benchmark::kMillisecond);

void classic_set(benchmark::State& state) {
  measure(state, [] { return classic_features(clip().samples, clip().spectrum, clip().analysers.chroma); });
}
BENCHMARK(classic_set)->Unit(benchmark::kMillisecond);

void log_mel(benchmark::State& state) {
  measure(state, [] { return fbank(clip().samples); });
}
BENCHMARK(log_mel)->Unit(benchmark::kMillisecond);

}  // namespace
