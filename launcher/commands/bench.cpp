// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/demo/study.h"
#include "data/demo/synth.h"
#include "features/clip_analysis.h"
#include "features/descriptors/harmony.h"
#include "features/descriptors/onset.h"
#include "features/descriptors/tempo.h"
#include "features/fbank.h"
#include "features/sound/audio.h"
#include "features/sound/pitch_shift.h"
#include "features/sound/segments.h"
#include "features/sources/timbre_source.h"
#include "launcher/commands/commands.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>

namespace musicmem::launcher {
namespace {

struct BenchOptions {
  std::vector<std::string> clips;
  int repeats = 5;
};

// One stage of the work on a clip, how often a study does it for each clip of eleven pitches, and how often `work`
// does it.
struct Stage {
  const char* name;
  int per_clip;
  std::function<void()> work;
  int at_once = 1;
};

constexpr int pitches = 11;

// By each of the published study's shifts: their costs differ.
void shift_pitches(std::span<const float> samples) {
  for (int n = 1; n <= pitches / 2; ++n) {
    for (const int semitones : {-n, n}) features::pitch_shift(samples, features::study_rate, semitones);
  }
}

double median_seconds(const std::function<void()>& work, int repeats) {
  using Clock = std::chrono::steady_clock;
  std::vector<double> seconds;
  work();  // builds filters and plans
  for (int i = 0; i < repeats; ++i) {
    const auto start = Clock::now();
    work();
    seconds.push_back(std::chrono::duration<double>(Clock::now() - start).count());
  }
  std::ranges::nth_element(seconds, seconds.begin() + std::ssize(seconds) / 2);
  return seconds[seconds.size() / 2];
}

// The sound to measure with: a file, or a rendered clip whose decoding is its conversion from 44.1 kHz.
struct BenchClip {
  std::function<features::ClipAudio()> read;
  std::vector<float> samples;
};

BenchClip rendered_clip() {
  const data::StereoSound sound = data::render_clip(data::demo_traits(1, 1).front(), 1);
  const auto convert = [left = sound.left] {
    features::ClipAudio clip;
    clip.samples = features::resample(left, data::demo_sample_rate, features::study_rate);
    clip.samples.resize(features::clip_samples());
    return clip;
  };
  return {convert, convert().samples};
}

BenchClip clip_of_file(const std::string& path) {
  const auto read = [path] { return features::read_clip(path); };
  return {read, read().samples};
}

std::vector<Stage> stages_of(const BenchClip& clip, features::Analysers& analysers,
                             features::ApproximateSeparator& separator) {
  const std::span<const float> samples(clip.samples);
  const auto spectrum = std::make_shared<features::ClipSpectrum>(analysers.spectrum.analyse(samples));
  const auto stems = std::make_shared<features::Stems>(separator.separate(*spectrum));
  return {
      {"decode and resample", 1, clip.read},
      {"pitch shift", pitches - 1, [samples] { shift_pitches(samples); }, pitches - 1},
      {"spectrum", pitches, [samples, &analysers] { analysers.spectrum.analyse(samples); }},
      {"ehc: tempo", 1, [spectrum] { features::tempo(features::onset_strength_of(*spectrum)); }},
      {"ehc: chroma of nine segments", pitches,
       [samples, &analysers] {
         const features::Segments segments;
         for (std::size_t segment = 0; segment < segments.count; ++segment)
           features::harmony(analysers.chroma.compute(segments.of(samples, segment)));
       }},
      {"ehc: approximate stems", pitches, [spectrum, &separator] { separator.separate(*spectrum); }},
      {"ehc: levels of the stems", pitches, [stems] { features::clip_timbre(*stems); }},
      {"classic set", pitches,
       [samples, spectrum, &analysers] { features::classic_features(samples, *spectrum, analysers.chroma); }},
      {"log-mel", pitches, [samples] { features::fbank(samples); }},
  };
}

int bench_features(const BenchOptions& options) {
  features::Analysers analysers;
  features::ApproximateSeparator separator;
  std::vector<BenchClip> clips;
  for (const std::string& path : options.clips) clips.push_back(clip_of_file(path));
  if (clips.empty()) clips.push_back(rendered_clip());

  std::vector<std::vector<Stage>> stages;
  for (const BenchClip& clip : clips) stages.push_back(stages_of(clip, analysers, separator));
  std::printf("%-30s %12s %22s\n", "stage", "s per clip", "s per clip, 11 pitches");
  double once = 0.0;
  double whole = 0.0;
  for (std::size_t s = 0; s < stages.front().size(); ++s) {
    double seconds = 0.0;
    for (const auto& of_clip : stages) seconds += median_seconds(of_clip[s].work, options.repeats);
    const Stage& stage = stages.front()[s];
    seconds /= static_cast<double>(clips.size()) * stage.at_once;
    std::printf("%-30s %12.5f %22.4f\n", stage.name, seconds, stage.per_clip * seconds);
    std::fflush(stdout);
    once += seconds;
    whole += stage.per_clip * seconds;
  }
  std::printf("%-30s %12.5f %22.4f\n", "sum", once, whole);
  constexpr double seconds_per_hour = 3600.0;
  constexpr double clips_of_ytmm = 235.0;
  std::printf("one thread; 235 clips at 11 pitches with every set: %.3f core hours\n",
              clips_of_ytmm * whole / seconds_per_hour);
  return exit_code::done;
}

}  // namespace

void add_bench_command(CLI::App& app, Action& action) {
  auto options = std::make_shared<BenchOptions>();
  CLI::App* bench = app.add_subcommand("bench", "Measure this machine");
  bench->footer("Example:\n  musicmem bench features clip.wav");
  bench->require_subcommand(1);
  CLI::App* command =
      bench->add_subcommand("features", "Seconds per clip and stage of feature extraction, one thread");
  command->add_option("clip", options->clips, "audio files (default: one rendered clip)")->type_name("CLIP");
  command->add_option("--repeats", options->repeats, "measurements of each stage; their median counts")
      ->check(CLI::Range(1, 10000))
      ->capture_default_str();
  command->callback([&action, options] {
    action.computes = true;
    action.run = [options](distributed::World& world) {
      return on_rank_zero(world, [&] { return bench_features(*options); });
    };
  });
}

}  // namespace musicmem::launcher
