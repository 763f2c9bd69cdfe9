// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "data/hdf5/hdf5.h"
#include "features/spectra/sample_array.h"
#include "features/store/store_key.h"

#include <string>
#include <vector>

// What shards and compacted files have in common.
namespace musicmem::features {

// Which samples a file holds: its datasets track, augment_type, semitones and adjustment.
struct SampleList {
  std::vector<std::string> tracks;
  std::vector<int> semitones;
  std::vector<std::string> remarks;

  static SampleList read(const data::hdf5::Reader& file);
  void write(data::hdf5::Writer& file) const;
  void append(const SampleList& others);
  // `count` of them from `first` on; fewer where there are fewer.
  SampleList part(std::size_t first, std::size_t count) const;
  bool operator==(const SampleList&) const = default;
};

// The datasets of a file's features, those of SampleList left out.
std::vector<std::string> feature_datasets(const data::hdf5::Reader& file);

// The attributes of a file: what it is and how its features were made.
void describe_file(data::hdf5::Writer& writer, const StoreKey& key, const std::string& kind);

// What a dataset of features says of itself: attributes meaning, unit and columns. Texts may be empty.
struct ArrayDescription {
  std::string meaning;
  std::string unit;
  std::vector<std::string> columns;

  static ArrayDescription read(const data::hdf5::Reader& file, const std::string& dataset);
  void write(data::hdf5::Writer& file, const std::string& dataset) const;
  bool operator==(const ArrayDescription&) const = default;
};

}  // namespace musicmem::features
