// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/experiment.h"
#include "data/matrix.h"
#include "features/audio.h"
#include "features/sample_array.h"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace musicmem::features {

// A clip at every pitch of the study: the original first, then one per entry of the semitones.
struct PitchVariants {
  std::vector<int> semitones;
  std::vector<std::vector<float>> samples;  // of each variant, clip_samples() at study_rate
};

PitchVariants make_pitch_variants(const ClipAudio& clip, const std::vector<int>& semitones);

// Extracts feature sets from clips; keeps filters and plans between them. One per thread.
class ClipPreparer {
 public:
  explicit ClipPreparer(const config::Features& settings);
  ~ClipPreparer();
  ClipPreparer(const ClipPreparer&) = delete;
  ClipPreparer& operator=(const ClipPreparer&) = delete;

  // The datasets of one feature set, one sample per variant. Throws Error where a feature is not a finite
  // number.
  std::vector<SampleArray> extract(config::FeatureSet set, const PitchVariants& variants);

  // What models of the set (ehc or classic) predict from: one row per segment of the clip at its original
  // pitch, or one row for the whole clip. `columns` receives the features' names.
  data::Matrix model_rows(config::FeatureSet set, const ClipAudio& clip, std::vector<std::string>& columns);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace musicmem::features
