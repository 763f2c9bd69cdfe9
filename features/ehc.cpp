// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/ehc.h"

#include "data/segment_table.h"
#include "features/audio.h"
#include "features/chroma.h"
#include "features/harmony.h"
#include "features/onset.h"
#include "features/stems.h"
#include "features/tempo.h"
#include "features/timbre.h"

#include <cassert>

namespace musicmem::features {

struct EhcExtractor::State {
  config::EhcSettings settings;
  std::vector<std::string> columns = data::ehc_columns(false);
  ChromaCqt chroma{study_rate};
};

EhcExtractor::EhcExtractor(const config::EhcSettings& settings) : state_(std::make_unique<State>()) {
  state_->settings = settings;
}
EhcExtractor::~EhcExtractor() = default;
EhcExtractor::EhcExtractor(EhcExtractor&&) noexcept = default;
EhcExtractor& EhcExtractor::operator=(EhcExtractor&&) noexcept = default;

const std::vector<std::string>& EhcExtractor::columns() const {
  return state_->columns;
}

EhcFeatures EhcExtractor::extract(std::span<const float> clip, std::optional<double> bpm) {
  constexpr std::size_t segment_samples = study_rate;
  constexpr std::size_t segment_hop = study_rate / 2;
  assert(clip.size() == clip_samples());

  EhcFeatures result;
  result.bpm = bpm ? *bpm : tempo(onset_strength_of_clip(clip));
  const Stems stems = approximate_stems(clip);
  const std::optional<double> tuning = tuning_of_segments(state_->settings.tuning, clip, state_->chroma);
  for (std::size_t segment = 0; segment < segments_per_clip; ++segment) {
    const std::size_t begin = segment * segment_hop;
    const Chromagram chroma = state_->chroma.compute(clip.subspan(begin, segment_samples), tuning);
    result.chroma_frames = chroma.frames;
    result.chroma_tuning.push_back(chroma.tuning);
    result.chroma_cqt.insert(result.chroma_cqt.end(), chroma.chroma.begin(), chroma.chroma.end());
    const std::vector<double> pitch_classes_statistics = harmony(chroma);
    const auto levels = timbre(stems, begin, begin + segment_samples);
    auto& row = result.values;
    row.insert(row.end(), pitch_classes_statistics.begin(), pitch_classes_statistics.end());
    row.push_back(result.bpm);
    row.insert(row.end(), levels.begin(), levels.end());
  }
  assert(result.values.size() == segments_per_clip * state_->columns.size());
  return result;
}

}  // namespace musicmem::features
