// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/spectra/feature_matrix.h"

#include <cassert>
#include <cstddef>
#include <numeric>
#include <utility>

namespace musicmem::features {
std::string column_name(const FeatureMatrix& matrix, int bin) {
  if (matrix.bins == 1) return matrix.name;
  const std::size_t digits = std::to_string(matrix.bins).size();
  const std::string number = std::to_string(bin + 1);
  return matrix.name + "_" + std::string(digits - number.size(), '0') + number;
}

FeatureMatrix from_frame_major(std::string name, std::string unit, int bins, std::span<const float> values) {
  const auto width = static_cast<std::size_t>(bins);
  const std::size_t frames = values.size() / width;
  assert(frames * width == values.size());
  FeatureMatrix matrix{std::move(name), std::move(unit), bins, static_cast<int>(frames), {}};
  matrix.values.resize(values.size());
  for (std::size_t bin = 0; bin < width; ++bin) {
    for (std::size_t t = 0; t < frames; ++t) matrix.values[bin * frames + t] = values[t * width + bin];
  }
  return matrix;
}

PooledFeatures mean_pooled(std::span<const FeatureMatrix> matrices) {
  PooledFeatures pooled;
  for (const FeatureMatrix& matrix : matrices) {
    assert(matrix.frames > 0);
    auto row = matrix.values.begin();
    for (int bin = 0; bin < matrix.bins; ++bin, row += matrix.frames) {
      pooled.columns.push_back(column_name(matrix, bin));
      pooled.values.push_back(std::accumulate(row, row + matrix.frames, 0.0) / matrix.frames);
    }
  }
  return pooled;
}

}  // namespace musicmem::features
