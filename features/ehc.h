// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/experiment.h"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace musicmem::features {

inline constexpr int segments_per_clip = 9;  // of one second, every half second: [0,1), [0.5,1.5), ... [4,5)

// The explainable hand-crafted features of one clip.
struct EhcFeatures {
  std::vector<double> values;     // [segments_per_clip][columns], the columns of data::ehc_columns
  std::vector<float> chroma_cqt;  // [segments_per_clip][12][chroma_frames], each frame's maximum is 1
  int chroma_frames = 0;
  std::vector<double> chroma_tuning;  // [segments_per_clip], fractions of a bin of 1/36 octave
  double bpm = 0.0;
};

// Computes them from clips of clip_samples() samples at study_rate. One extractor serves one thread; it keeps
// its filters and plans from clip to clip, and no clip changes what another gives.
class EhcExtractor {
 public:
  explicit EhcExtractor(const config::EhcSettings& settings);
  ~EhcExtractor();
  EhcExtractor(EhcExtractor&&) noexcept;
  EhcExtractor& operator=(EhcExtractor&&) noexcept;

  const std::vector<std::string>& columns() const;

  // `bpm`: the tempo of the original, which a pitch-shifted clip keeps; estimated where it is not given.
  EhcFeatures extract(std::span<const float> clip, std::optional<double> bpm = std::nullopt);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace musicmem::features
