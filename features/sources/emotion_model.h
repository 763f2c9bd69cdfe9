// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/settings/clip.h"
#include "features/sources/side_inputs.h"
#include "features/spectra/feature_matrix.h"

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace musicmem::features {

// A linear score of standardised inputs.
struct LinearScore {
  std::vector<double> weights;  // one per column
  double bias = 0.0;
};

// Static valence and arousal of a clip as linear functions of the functionals() of its classic features;
// `musicmem emotion train` fits it.
struct EmotionModel {
  std::vector<std::string> columns;
  std::vector<double> mean;   // of each column over the training clips
  std::vector<double> scale;  // never 0
  LinearScore valence;
  LinearScore arousal;
  std::size_t clips = 0;  // that it was trained on
  double clip_seconds = config::ClipGeometry{}.seconds;

  // Throws Error where the columns are others than the model's.
  StaticEmotion predict(const PooledFeatures& clip) const;
};

// The model as the bytes of an HDF5 file, a pure function of its content.
std::string to_bytes(const EmotionModel& model);

// Throws Error for a file that is missing, another kind of file, damaged, or
// whose arrays do not fit together.
EmotionModel read_emotion_model(const std::filesystem::path& path);

}  // namespace musicmem::features
