// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/ehc.h"

#include "data/segment_table.h"
#include "features/descriptors/functionals.h"
#include "features/descriptors/harmony.h"
#include "features/descriptors/onset.h"
#include "features/descriptors/tempo.h"
#include "features/sources/emotion_model.h"
#include "features/sources/side_inputs.h"
#include "features/sources/timbre_source.h"

#include <cassert>
#include <optional>

namespace musicmem::features {
namespace {

std::optional<EmotionModel> model_of(const config::Emotion& emotion) {
  if (emotion.source != config::Emotion::Source::model) return std::nullopt;
  return read_emotion_model(emotion.path);
}

}  // namespace

struct EhcExtractor::State {
  State(const config::Features& features, int gpu)
      : settings(features.ehc),
        samples(clip_samples(features.clip)),
        segments(features.clip),
        columns(data::ehc_columns(settings.emotion.source != config::Emotion::Source::none)),
        tables(settings, features.clip),
        emotion_model(model_of(settings.emotion)),
        sources(make_timbre_source(features, gpu)) {}

  double tempo_of(ClipAnalysis& clip) {
    if (!bpm) bpm = tempo(onset_strength_of(clip.spectrum()));
    return *bpm;
  }

  std::optional<StaticEmotion> emotion_of(ClipAnalysis& clip) const {
    return emotion_model ? emotion_model->predict(functionals(clip.classic())) : emotion;
  }

  config::EhcSettings settings;
  std::size_t samples;  // of a clip
  Segments segments;
  std::vector<std::string> columns;
  SideInputs tables;
  std::optional<EmotionModel> emotion_model;
  std::unique_ptr<TimbreSource> sources;

  // Of the clip that is open.
  std::optional<double> bpm;
  std::optional<StaticEmotion> emotion;
};

EhcExtractor::EhcExtractor(const config::Features& settings, int gpu)
    : state_(std::make_unique<State>(settings, gpu)) {}
EhcExtractor::~EhcExtractor() = default;
EhcExtractor::EhcExtractor(EhcExtractor&&) noexcept = default;
EhcExtractor& EhcExtractor::operator=(EhcExtractor&&) noexcept = default;

const Segments& EhcExtractor::segments() const {
  return state_->segments;
}

const std::vector<std::string>& EhcExtractor::columns() const {
  return state_->columns;
}

void EhcExtractor::open(const PitchVariants& variants) {
  state_->bpm = state_->tables.bpm(variants.track);
  state_->emotion = state_->tables.emotion(variants.track);
  state_->sources->open(variants);
}

std::string EhcExtractor::anomaly() const {
  return state_->sources->anomaly();
}

EhcFeatures EhcExtractor::extract(std::size_t variant, ClipAnalysis& clip) {
  assert(clip.samples().size() == state_->samples);
  const Segments& segments = state_->segments;
  EhcFeatures result;
  result.bpm = state_->tempo_of(clip);
  const std::optional<StaticEmotion> emotion = state_->emotion_of(clip);
  const ClipTimbre levels = state_->sources->levels(variant, clip.spectrum());
  const std::optional<double> tuning =
      tuning_of_segments(state_->settings.harmony.tuning, clip.samples(), clip.chroma());
  for (std::size_t segment = 0; segment < segments.count; ++segment) {
    const Chromagram chroma = clip.chroma().compute(segments.of(clip.samples(), segment), tuning);
    result.chroma_frames = chroma.frames;
    result.chroma_tuning.push_back(chroma.tuning);
    result.chroma_cqt.insert(result.chroma_cqt.end(), chroma.chroma.begin(), chroma.chroma.end());
    const std::vector<double> pitch_classes_statistics = harmony(chroma);
    auto& row = result.values;
    row.insert(row.end(), pitch_classes_statistics.begin(), pitch_classes_statistics.end());
    row.push_back(result.bpm);
    row.insert(row.end(), levels[segment].begin(), levels[segment].end());
    if (emotion) row.insert(row.end(), {emotion->valence, emotion->arousal});
  }
  assert(result.values.size() == segments.count * state_->columns.size());
  return result;
}

}  // namespace musicmem::features
