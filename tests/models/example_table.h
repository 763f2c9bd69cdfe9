// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/settings/cross_validation.h"
#include "data/generator.h"
#include "data/hdf5/hdf5.h"
#include "data/segment_table.h"

#include <cmath>
#include <string>
#include <vector>

namespace musicmem::models::testing {

inline config::CrossValidation cross_validation(int folds,
                                                config::Protocol protocol = config::Protocol::strict) {
  config::CrossValidation settings;
  settings.shuffle.reset();  // as scikit-learn's KFold
  settings.folds.number = folds;
  settings.protocol = protocol;
  return settings;
}

inline data::hdf5::Reader open_golden() {
  return data::hdf5::Reader(MUSICMEM_TEST_DATA "/models_golden.h5");
}

inline data::Matrix golden_matrix(const data::hdf5::Reader& file, const std::string& path) {
  const auto shape = file.shape(path);
  data::Matrix matrix(shape.at(0), shape.at(1));
  matrix.values() = file.doubles(path);
  return matrix;
}

inline std::vector<int> golden_integers(const data::hdf5::Reader& file, const std::string& path) {
  const std::vector<double> values = file.doubles(path);
  return {values.begin(), values.end()};
}

// A table whose label is a smooth function of the first two of `columns` features, with three noisy segments
// per track and, where `augmented`, shifts by -1 and 1 semitones.
inline data::SegmentTable example_table(int tracks, int columns = 4, bool augmented = false) {
  data::Generator generator(42);
  const auto noise = [&] { return 2.0 * generator.uniform() - 1.0; };
  data::SegmentTable table;
  for (int c = 0; c < columns; ++c) table.columns.push_back("feature_" + std::to_string(c));
  for (int track = 0; track < tracks; ++track) {
    std::vector<double> center;
    for (int c = 0; c < columns; ++c) center.push_back(3.0 * noise() + c);
    table.tracks.push_back("track_" + std::to_string(track));
    table.labels.push_back(0.5 + 0.4 * std::tanh(0.5 * center[0] - 0.3 * (center[1] - 1.0)));
    for (const int semitones : augmented ? std::vector<int>{-1, 0, 1} : std::vector<int>{0}) {
      for (int segment = 1; segment <= 3; ++segment) {
        std::vector<double> row = center;
        for (double& value : row) value += 0.1 * noise();
        table.values.append_row(row);
        table.row_track.push_back(track);
        table.row_segment.push_back(segment);
        table.row_semitones.push_back(semitones);
      }
    }
  }
  return table;
}

}  // namespace musicmem::models::testing
