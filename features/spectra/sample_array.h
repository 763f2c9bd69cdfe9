// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "data/hdf5/hdf5.h"
#include "data/matrix.h"

#include <string>
#include <variant>
#include <vector>

namespace musicmem::features {

// One dataset of a feature store: an array of the same shape for every sample, a
// sample being a clip at one pitch.
struct SampleArray {
  std::string name;     // of the dataset
  std::string meaning;  // one line for people who open the file
  std::string unit;
  std::vector<std::string> columns;  // names along the last dimension, may be empty
  data::hdf5::Shape shape;           // of one sample; empty for a single number
  std::variant<std::vector<float>, std::vector<double>> values;  // [samples] x shape
};

// The rows of an array of doubles with named columns.
data::Matrix rows_of(const SampleArray& array);

// All that one feature set holds of one clip.
struct PreparedClip {
  std::string track;
  std::string remarks;         // ClipRemarks::text()
  std::vector<int> semitones;  // of each sample; the first is 0, the original
  std::vector<SampleArray> arrays;
};

}  // namespace musicmem::features
