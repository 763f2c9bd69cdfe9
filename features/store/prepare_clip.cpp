// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/store/prepare_clip.h"

#include "config/error.h"
#include "features/clip_analysis.h"
#include "features/feature_set.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <utility>

namespace musicmem::features {
namespace {

using config::AudioSet;
using Arrays = std::vector<SampleArray>;

void require_finite(const std::string& track, const SampleArray& array) {
  std::visit(
      [&](const auto& values) {
        if (!std::all_of(values.begin(), values.end(), [](auto x) { return std::isfinite(x); })) {
          throw Error("its " + array.name + " features are not finite numbers", track,
                      "is its sound far too loud? Replace the file");
        }
      },
      array.values);
}

}  // namespace

struct ClipPreparer::State {
  State(const config::Features& features, int gpu_index) : settings(features), gpu(gpu_index) {}

  SetExtractor& extractor(const AudioSet& set) {
    std::unique_ptr<SetExtractor>& known = extractors[set];
    if (!known) known = kind_of(set).open(settings, set.name, gpu);
    return *known;
  }

  std::shared_ptr<void> begin(const std::string& part) const { return watch ? watch(part) : nullptr; }

  config::Features settings;
  int gpu;
  Analysers analysers;
  std::optional<double> classic_tuning;
  PartWatch watch;
  std::string anomaly;
  std::map<AudioSet, std::unique_ptr<SetExtractor>> extractors;
};

ClipPreparer::ClipPreparer(const config::Features& settings, int gpu)
    : state_(std::make_unique<State>(settings, gpu)) {}
ClipPreparer::~ClipPreparer() = default;

void ClipPreparer::set_classic_tuning(double fraction) {
  state_->classic_tuning = fraction;
}

void ClipPreparer::open_sources(const AudioSet& set) {
  state_->extractor(set);
}

void ClipPreparer::watch_parts(PartWatch watch) {
  state_->watch = std::move(watch);
}

std::vector<Arrays> ClipPreparer::extract(std::span<const AudioSet> sets, const PitchVariants& variants) {
  state_->anomaly.clear();
  std::vector<Arrays> arrays;
  for (const AudioSet& set : sets) {
    state_->extractor(set).open(variants);
    arrays.push_back(state_->extractor(set).empty_arrays());
  }
  for (std::size_t variant = 0; variant < variants.samples.size(); ++variant) {
    ClipAnalysis clip(variants.samples[variant], state_->analysers, state_->classic_tuning);
    if (std::ranges::any_of(sets, [](const AudioSet& set) { return kind_of(set).uses_spectrum; })) {
      const auto part = state_->begin("spectrum");
      clip.spectrum();
    }
    for (std::size_t i = 0; i < sets.size(); ++i) {
      const auto part = state_->begin(to_string(sets[i]));
      state_->extractor(sets[i]).append(variant, clip, arrays[i]);
    }
  }
  for (const AudioSet& set : sets) state_->anomaly += state_->extractor(set).anomaly();
  for (const Arrays& set : arrays) {
    for (const SampleArray& array : set) require_finite(variants.track, array);
  }
  return arrays;
}

Arrays ClipPreparer::extract(const AudioSet& set, const PitchVariants& variants) {
  return std::move(extract(std::span(&set, 1), variants).front());
}

const std::string& ClipPreparer::anomaly() const {
  return state_->anomaly;
}

Arrays ClipPreparer::over_time(const AudioSet& set, const std::string& track, const ClipAudio& clip) {
  ClipAnalysis analysis(clip.samples, state_->analysers, state_->classic_tuning);
  const Arrays arrays = state_->extractor(set).over_time(analysis);
  if (arrays.empty()) return extract(set, original_only(track, clip));
  for (const SampleArray& array : arrays) require_finite(track, array);
  return arrays;
}

}  // namespace musicmem::features
