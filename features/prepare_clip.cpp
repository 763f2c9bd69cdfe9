// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/prepare_clip.h"

#include "config/error.h"
#include "features/chroma.h"
#include "features/classic.h"
#include "features/ehc.h"
#include "features/fbank.h"
#include "features/pitch_shift.h"

#include <algorithm>
#include <cmath>

namespace musicmem::features {
namespace {

constexpr const char* chroma_meaning =
    "constant-Q chroma of each segment, pitch classes C to B, each frame's maximum is 1";

std::vector<SampleArray> arrays_of(const std::vector<EhcFeatures>& variants,
                                   const std::vector<std::string>& columns) {
  const auto frames = static_cast<std::uint64_t>(variants.front().chroma_frames);
  std::vector<double> ehc;
  std::vector<float> chroma;
  std::vector<double> tuning;
  std::vector<double> bpm;
  for (const EhcFeatures& variant : variants) {
    ehc.insert(ehc.end(), variant.values.begin(), variant.values.end());
    chroma.insert(chroma.end(), variant.chroma_cqt.begin(), variant.chroma_cqt.end());
    tuning.insert(tuning.end(), variant.chroma_tuning.begin(), variant.chroma_tuning.end());
    bpm.push_back(variant.bpm);
  }
  return {
      {"ehc",
       "explainable features of each one-second segment, hop 0.5 s",
       "chroma: 1, bpm: beats per minute, *_db_*: dB",
       columns,
       {segments_per_clip, columns.size()},
       std::move(ehc)},
      {"chroma_cqt", chroma_meaning, "1", {}, {segments_per_clip, pitch_classes, frames}, std::move(chroma)},
      {"chroma_tuning",
       "deviation of each segment from A4 = 440 Hz",
       "bins of 1/36 octave",
       {},
       {segments_per_clip},
       std::move(tuning)},
      {"bpm", "tempo of the original clip", "beats per minute", {}, {}, std::move(bpm)}};
}

void require_finite(const SampleArray& array) {
  std::visit(
      [&](const auto& values) {
        if (!std::all_of(values.begin(), values.end(), [](auto x) { return std::isfinite(x); })) {
          throw Error("its " + array.name + " features are not finite numbers", "",
                      "is its sound far too loud? Replace the file");
        }
      },
      array.values);
}

}  // namespace

PitchVariants make_pitch_variants(const ClipAudio& clip, const std::vector<int>& semitones) {
  PitchVariants variants{{0}, {clip.samples}};
  for (const int n : semitones) {
    variants.semitones.push_back(n);
    variants.samples.push_back(pitch_shift(clip.samples, study_rate, n));
  }
  return variants;
}

struct ClipPreparer::State {
  explicit State(const config::Features& settings) : ehc(settings.ehc) {}

  std::vector<SampleArray> extract(config::FeatureSet set, const PitchVariants& variants) {
    if (set == config::FeatureSet::ehc) return extract_ehc(variants);
    return set == config::FeatureSet::classic ? extract_classic(variants) : extract_fbank(variants);
  }

 private:
  std::vector<SampleArray> extract_ehc(const PitchVariants& variants) {
    std::vector<EhcFeatures> extracted;
    for (const std::vector<float>& samples : variants.samples) {
      const auto tempo_of_original = extracted.empty() ? std::nullopt : std::optional(extracted.front().bpm);
      extracted.push_back(ehc.extract(samples, tempo_of_original));
    }
    return arrays_of(extracted, ehc.columns());
  }

  std::vector<SampleArray> extract_classic(const PitchVariants& variants) {
    SampleArray array{
        "classic", "librosa's classic features, each bin's mean over the clip's frames", "", {}, {}, {}};
    std::vector<double> values;
    for (const std::vector<float>& samples : variants.samples) {
      const PooledFeatures pooled = mean_pooled(classic_features(samples, chroma));
      array.columns = pooled.columns;
      values.insert(values.end(), pooled.values.begin(), pooled.values.end());
    }
    array.shape = {array.columns.size()};
    array.values = std::move(values);
    return {array};
  }

  static std::vector<SampleArray> extract_fbank(const PitchVariants& variants) {
    std::vector<float> values;
    for (const std::vector<float>& samples : variants.samples) {
      const std::vector<float> frames = fbank(samples);
      values.insert(values.end(), frames.begin(), frames.end());
    }
    const std::uint64_t frames = values.size() / variants.samples.size() / fbank_mel_bins;
    return {{"fbank",
             "Kaldi log-mel filter bank before padding and normalisation",
             "natural log of power",
             {},
             {frames, fbank_mel_bins},
             std::move(values)}};
  }

  EhcExtractor ehc;
  ChromaCqt chroma{study_rate};
};

ClipPreparer::ClipPreparer(const config::Features& settings) : state_(std::make_unique<State>(settings)) {}
ClipPreparer::~ClipPreparer() = default;

std::vector<SampleArray> ClipPreparer::extract(config::FeatureSet set, const PitchVariants& variants) {
  std::vector<SampleArray> arrays = state_->extract(set, variants);
  for (const SampleArray& array : arrays) require_finite(array);
  return arrays;
}

data::Matrix ClipPreparer::model_rows(config::FeatureSet set, const ClipAudio& clip,
                                      std::vector<std::string>& columns) {
  const SampleArray array = extract(set, {{0}, {clip.samples}}).front();
  columns = array.columns;
  const auto& values = std::get<std::vector<double>>(array.values);
  data::Matrix rows;
  for (std::size_t start = 0; start < values.size(); start += columns.size()) {
    rows.append_row(std::span<const double>(values).subspan(start, columns.size()));
  }
  return rows;
}

}  // namespace musicmem::features
