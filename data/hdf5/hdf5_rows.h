// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "data/hdf5/hdf5_handle.h"

#include <cstdint>
#include <string>

// Datasets whose chunks are single rows along the first dimension, copied as they are stored: filtered, and so many
// times faster than their values.
namespace musicmem::data::hdf5 {

// One row with its filters applied, and which of them it went without.
struct StoredRow {
  std::uint32_t filters_left_out = 0;
  std::string bytes;

  bool operator==(const StoredRow&) const = default;
};

// How the rows of an open dataset are stored: number, extents and filters as text. Rows of two datasets may be copied
// where this is the same. Empty where chunks are no rows or hold other than little-endian floats.
std::string row_storage(std::int64_t dataset);

// `dataset` has a row_storage(); `path` and `file` are what errors call it. A row that was never written cannot be read.
StoredRow read_stored_row(std::int64_t dataset, std::uint64_t row, const std::string& path,
                          const std::string& file);
void write_stored_row(std::int64_t dataset, std::uint64_t row, const StoredRow& stored,
                      const std::string& path, const std::string& file);

}  // namespace musicmem::data::hdf5
