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

// A bin's name: "mfcc_01", with as many digits as the last one needs; just "rms" for a matrix of one bin.
std::string column_name(const FeatureMatrix& matrix, int bin);

// Numbers that stand for all frames of a clip, and their names.
struct PooledFeatures {
  std::vector<std::string> columns;
  std::vector<double> values;
};

// One number for each bin of each matrix, its mean over the frames. Every matrix has at least one frame.
PooledFeatures mean_pooled(std::span<const FeatureMatrix> matrices);

}  // namespace musicmem::features
