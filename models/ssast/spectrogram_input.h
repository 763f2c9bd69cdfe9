// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/settings/ssast.h"
#include "models/ssast/spectrogram_source.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace musicmem::models {

// From a log-mel spectrogram to what the transformer takes: cut or padded with zeros at the end to
// `target_length` frames; for training, masked (SpecAugment, D. Park et al., 2019); normalised to (x - mean)
// / (2 deviation); for training, optionally with noise and rolled in time.
class SpectrogramInput {
 public:
  SpectrogramInput(const config::SsastTraining& settings, std::size_t target_length,
                   const SpectrogramStatistics& statistics);

  // Floats of one input, target_length x spectrogram_bins.
  std::size_t size() const { return target_length_ * spectrogram_bins; }

  // `raw` is frame-major [frames][spectrogram_bins]; `out` has size() floats. With a seed, as training wants
  // it; the same seed gives the same input.
  void make(std::span<const float> raw, std::optional<std::uint64_t> seed, std::span<float> out) const;

 private:
  config::SsastTraining settings_;
  std::size_t target_length_;
  SpectrogramStatistics statistics_;
};

}  // namespace musicmem::models
