// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/clip_analysis.h"

namespace musicmem::features {

const ClipSpectrum& ClipAnalysis::spectrum() {
  if (!spectrum_) spectrum_ = analysers_.spectrum.analyse(samples_);
  return *spectrum_;
}

const std::vector<FeatureMatrix>& ClipAnalysis::classic() {
  if (!classic_) classic_ = classic_features(samples_, spectrum(), analysers_.chroma, classic_tuning_);
  return *classic_;
}

}  // namespace musicmem::features
