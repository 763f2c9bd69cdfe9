// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/store/prepare_clip.h"

#include "config/error.h"
#include "features/clip_analysis.h"
#include "features/ehc.h"
#include "features/fbank.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

namespace musicmem::features {
namespace {

using config::FeatureSet;
using Arrays = std::vector<SampleArray>;

// Adds one sample's values to an array.
template <typename T>
void append(SampleArray& array, const std::vector<T>& values) {
  auto& all = std::get<std::vector<T>>(array.values);
  all.insert(all.end(), values.begin(), values.end());
}

Arrays ehc_arrays(const std::vector<std::string>& columns) {
  const auto doubles = std::vector<double>();
  return {{"ehc",
           "explainable features of each one-second segment, hop 0.5 s",
           "chroma: 1, bpm: beats per minute, *_db_*: dB, static_*: scale of their source",
           columns,
           {segments_per_clip, columns.size()},
           doubles},
          {"chroma_cqt",
           "constant-Q chroma of each segment, pitch classes C to B, each frame's maximum is 1",
           "1",
           {},
           {},
           std::vector<float>()},
          {"chroma_tuning",
           "deviation of each segment from A4 = 440 Hz",
           "bins of 1/36 octave",
           {},
           {segments_per_clip},
           doubles},
          {"bpm", "tempo of the original clip", "beats per minute", {}, {}, doubles}};
}

void append_ehc(Arrays& arrays, const EhcFeatures& features) {
  append(arrays[0], features.values);
  append(arrays[1], features.chroma_cqt);
  arrays[1].shape = {segments_per_clip, pitch_classes, static_cast<std::uint64_t>(features.chroma_frames)};
  append(arrays[2], features.chroma_tuning);
  append(arrays[3], std::vector<double>{features.bpm});
}

Arrays classic_arrays() {
  return {{"classic",
           "librosa's classic features, each bin's mean over the clip's frames",
           "",
           {},
           {},
           std::vector<double>()}};
}

void append_classic(Arrays& arrays, ClipAnalysis& clip) {
  const PooledFeatures pooled = mean_pooled(clip.classic());
  arrays[0].columns = pooled.columns;
  arrays[0].shape = {pooled.columns.size()};
  append(arrays[0], pooled.values);
}

Arrays fbank_arrays() {
  return {{"fbank",
           "Kaldi log-mel filter bank before padding and normalisation",
           "natural log of power",
           {},
           {static_cast<std::uint64_t>(fbank_frames(clip_samples())), fbank_mel_bins},
           std::vector<float>()}};
}

bool uses_spectrum(FeatureSet set) {
  return set != FeatureSet::fbank;
}

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

  EhcExtractor& ehc() {
    if (!ehc_) ehc_.emplace(settings.ehc, gpu);
    return *ehc_;
  }

  Arrays empty_arrays(FeatureSet set) {
    if (set == FeatureSet::ehc) return ehc_arrays(ehc().columns());
    return set == FeatureSet::classic ? classic_arrays() : fbank_arrays();
  }

  void append_sample(FeatureSet set, std::size_t variant, ClipAnalysis& clip, Arrays& arrays) {
    if (set == FeatureSet::ehc) append_ehc(arrays, ehc().extract(variant, clip));
    if (set == FeatureSet::classic) append_classic(arrays, clip);
    if (set == FeatureSet::fbank) append(arrays[0], fbank(clip.samples()));
  }

  std::shared_ptr<void> begin(const std::string& part) const { return watch ? watch(part) : nullptr; }

  config::Features settings;
  int gpu;
  Analysers analysers;
  std::optional<double> classic_tuning;
  PartWatch watch;
  std::string doubt;

 private:
  std::optional<EhcExtractor> ehc_;
};

ClipPreparer::ClipPreparer(const config::Features& settings, int gpu)
    : state_(std::make_unique<State>(settings, gpu)) {}
ClipPreparer::~ClipPreparer() = default;

void ClipPreparer::set_classic_tuning(double fraction) {
  state_->classic_tuning = fraction;
}

void ClipPreparer::open_sources() {
  state_->ehc();
}

void ClipPreparer::watch_parts(PartWatch watch) {
  state_->watch = std::move(watch);
}

std::vector<Arrays> ClipPreparer::extract(std::span<const FeatureSet> sets, const PitchVariants& variants) {
  state_->doubt.clear();
  std::vector<Arrays> arrays;
  for (const FeatureSet set : sets) {
    if (set == FeatureSet::ehc) state_->ehc().open(variants);
    arrays.push_back(state_->empty_arrays(set));
  }
  for (std::size_t variant = 0; variant < variants.samples.size(); ++variant) {
    ClipAnalysis clip(variants.samples[variant], state_->analysers, state_->classic_tuning);
    if (std::ranges::any_of(sets, uses_spectrum)) {
      const auto part = state_->begin("spectrum");
      clip.spectrum();
    }
    for (std::size_t i = 0; i < sets.size(); ++i) {
      const auto part = state_->begin(to_string(sets[i]));
      state_->append_sample(sets[i], variant, clip, arrays[i]);
    }
  }
  if (std::ranges::find(sets, FeatureSet::ehc) != sets.end()) state_->doubt = state_->ehc().doubt();
  for (const Arrays& set : arrays) {
    for (const SampleArray& array : set) require_finite(variants.track, array);
  }
  return arrays;
}

Arrays ClipPreparer::extract(FeatureSet set, const PitchVariants& variants) {
  return std::move(extract(std::span(&set, 1), variants).front());
}

const std::string& ClipPreparer::doubt() const {
  return state_->doubt;
}

Arrays ClipPreparer::classic_over_time(const std::string& track, const ClipAudio& clip) {
  ClipAnalysis analysis(clip.samples, state_->analysers, state_->classic_tuning);
  Arrays arrays;
  for (const FeatureMatrix& matrix : analysis.classic()) {
    arrays.push_back({matrix.name,
                      "librosa." + matrix.name + " by default, bins first and frames last",
                      matrix.unit,
                      {},
                      {static_cast<std::uint64_t>(matrix.bins), static_cast<std::uint64_t>(matrix.frames)},
                      matrix.values});
    require_finite(track, arrays.back());
  }
  return arrays;
}

data::Matrix ClipPreparer::model_rows(FeatureSet set, const std::string& track, const ClipAudio& clip,
                                      std::vector<std::string>& columns) {
  const SampleArray array = extract(set, original_only(track, clip)).front();
  columns = array.columns;
  const auto& values = std::get<std::vector<double>>(array.values);
  data::Matrix rows;
  for (std::size_t start = 0; start < values.size(); start += columns.size()) {
    rows.append_row(std::span<const double>(values).subspan(start, columns.size()));
  }
  return rows;
}

}  // namespace musicmem::features
