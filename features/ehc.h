// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/settings/features.h"
#include "features/clip_analysis.h"
#include "features/sound/pitch_variants.h"
#include "features/sound/segments.h"

#include <memory>
#include <string>
#include <vector>

namespace musicmem::features {

// The explainable hand-crafted features of one clip.
struct EhcFeatures {
  std::vector<double> values;     // [segments][columns], the columns of data::ehc_columns
  std::vector<float> chroma_cqt;  // [segments][12][chroma_frames], each frame's maximum is 1
  int chroma_frames = 0;
  std::vector<double> chroma_tuning;  // [segments], fractions of a bin of 1/36 octave
  double bpm = 0.0;
};

// Computes them from clips of the settings' length at study_rate. One extractor serves one thread; it keeps
// its filters and plans from clip to clip, and no clip changes what another gives.
class EhcExtractor {
 public:
  // Reads the tables, the separator or the emotion model that the settings name; throws Error where they
  // cannot be used. `gpu`: see make_timbre_source.
  explicit EhcExtractor(const config::Features& settings, int gpu = 0);
  ~EhcExtractor();
  EhcExtractor(EhcExtractor&&) noexcept;
  EhcExtractor& operator=(EhcExtractor&&) noexcept;

  const Segments& segments() const;
  // 33 names, or 35 with a source of emotion.
  const std::vector<std::string>& columns() const;

  // Turns to another clip, whose `variants` live until the next call. Throws Error where its stems or its
  // table rows are missing.
  void open(const PitchVariants& variants);

  // The features of one of the opened variants. All variants have the tempo of the first, the original, and
  // its valence and arousal where a table gives them; a model predicts those of each variant by its sound.
  EhcFeatures extract(std::size_t variant, ClipAnalysis& clip);

  // What cannot be meant about the stems of the variants that were extracted; "" for nothing.
  std::string anomaly() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace musicmem::features
