// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "features/classic.h"
#include "features/descriptors/chroma.h"
#include "features/spectra/spectrum.h"

#include <optional>
#include <span>
#include <vector>

namespace musicmem::features {

// Plans, filters and buffers that are kept from clip to clip. For one thread at a time.
struct Analysers {
  SpectrumAnalyser spectrum;
  ChromaCqt chroma;
};

// What the feature sets of one clip share; each part is computed when it is first asked for.
class ClipAnalysis {
 public:
  // Both outlive the analysis. `classic_tuning`: see classic_features.
  ClipAnalysis(std::span<const float> samples, Analysers& analysers,
               std::optional<double> classic_tuning = std::nullopt)
      : samples_(samples), analysers_(analysers), classic_tuning_(classic_tuning) {}

  std::span<const float> samples() const { return samples_; }
  ChromaCqt& chroma() { return analysers_.chroma; }
  const ClipSpectrum& spectrum();
  const std::vector<FeatureMatrix>& classic();

 private:
  std::span<const float> samples_;
  Analysers& analysers_;
  std::optional<double> classic_tuning_;
  std::optional<ClipSpectrum> spectrum_;
  std::optional<std::vector<FeatureMatrix>> classic_;
};

}  // namespace musicmem::features
