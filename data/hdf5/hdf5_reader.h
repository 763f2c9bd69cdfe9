// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "data/hdf5/hdf5_handle.h"
#include "data/hdf5/hdf5_rows.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace musicmem::data::hdf5 {

// Reads a file that may be damaged or not HDF5 at all: every failure is an Error that names file and dataset.
// Sizes are checked against the file before memory is asked for.
class Reader {
 public:
  explicit Reader(const std::filesystem::path& path);
  // From the bytes of a file in memory; `name` is what errors call it.
  Reader(std::string_view bytes, std::string name);

  // Of the open file on disk, for a look at its bytes; the reader keeps it. Not of bytes in memory.
  int descriptor() const;

  bool has(const std::string& path) const;
  bool is_group(const std::string& path) const;
  std::vector<std::string> children(const std::string& path) const;  // names in a group, sorted
  Shape shape(const std::string& path) const;
  bool is_single_precision(const std::string& path) const;  // of numbers: stored in 4 bytes each

  std::vector<float> floats(const std::string& path) const;
  std::vector<double> doubles(const std::string& path) const;
  // One row along the first dimension, and `count` of them from `first` on.
  std::vector<float> float_row(const std::string& path, std::uint64_t row) const;
  std::vector<double> double_row(const std::string& path, std::uint64_t row) const;
  std::vector<double> double_rows(const std::string& path, std::uint64_t first, std::uint64_t count) const;
  // How its rows are stored (hdf5_rows.h), and `count` of them from `first` on as they are; of datasets with a
  // row_storage() alone.
  std::string row_storage(const std::string& path) const;
  std::vector<StoredRow> stored_rows(const std::string& path, std::uint64_t first, std::uint64_t count) const;
  std::vector<std::int64_t> integers(const std::string& path) const;
  std::vector<std::string> strings(const std::string& path) const;

  // Lists of texts are found in either place.
  bool has_attribute(const std::string& path, const std::string& name) const;
  std::string text_attribute(const std::string& path, const std::string& name) const;
  std::vector<std::string> texts_attribute(const std::string& path, const std::string& name) const;
  double number_attribute(const std::string& path, const std::string& name) const;

 private:
  std::string name_;
  std::uint64_t file_size_ = 0;
  Handle file_;
};

}  // namespace musicmem::data::hdf5
