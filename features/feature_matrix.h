// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <string>
#include <vector>

namespace musicmem::features {

// A feature over time as librosa lays it out: bins first, frames last.
struct FeatureMatrix {
  std::string name;  // librosa's name of the function, "mfcc"
  std::string unit;  // "Hz", "dB", "1" for a pure number
  int bins = 0;
  int frames = 0;
  std::vector<float> values;  // [bins][frames]
};

// The matrix of values that lie frame by frame, [frames][bins].
FeatureMatrix from_frame_major(std::string name, std::string unit, int bins, std::span<const float> values);

// One number for each bin of each matrix: its mean over the frames.
struct PooledFeatures {
  std::vector<std::string> columns;  // "mfcc_01" .. "mfcc_20"; just the name for a matrix of one bin
  std::vector<double> values;
};

// Every matrix has at least one frame.
PooledFeatures mean_pooled(std::span<const FeatureMatrix> matrices);

}  // namespace musicmem::features
