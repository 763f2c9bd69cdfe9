// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "data/hdf5/hdf5_handle.h"
#include "data/hdf5/hdf5_rows.h"

#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace musicmem::data::hdf5 {

// How a dataset is laid out: chunks (empty for contiguous) are shuffled, deflated
// and carry a Fletcher-32 checksum.
struct Layout {
  Shape chunk;
};

// What both kinds of writer share. The same calls give the same bytes on every machine: no times are kept and
// the format is pinned to version 1.10. Every call throws Error where something could not be written.
class Writer {
 public:
  // `path` may name groups ("a/b/mfcc"); they are made as needed. The product of `shape` is values.size().
  void dataset(const std::string& path, std::span<const float> values, const Shape& shape,
               const Layout& = {});
  void dataset(const std::string& path, std::span<const double> values, const Shape& shape,
               const Layout& = {});
  void dataset(const std::string& path, std::span<const std::int64_t> values, const Shape& shape,
               const Layout& = {});
  void dataset(const std::string& path, const std::vector<std::string>& values);  // UTF-8, variable length

  // Attributes of a dataset or group that exists ("/" is the root).
  void attribute(const std::string& path, const std::string& name, const std::string& value);
  void attribute(const std::string& path, const std::string& name, double value);
  void attribute(const std::string& path, const std::string& name, std::int64_t value);
  // Above 4000 texts, which no attribute can hold, the list is the dataset
  // "<path>.<name>" ("root.<name>" of "/").
  void attribute(const std::string& path, const std::string& name, const std::vector<std::string>& values);

 protected:
  // `name` is what errors call the file.
  explicit Writer(std::string name) : name_(std::move(name)) {}
  ~Writer() = default;
  Writer(Writer&&) noexcept = default;
  Writer& operator=(Writer&&) noexcept = default;

  std::string name_;
  Handle file_;
};

// Builds a file in memory; nothing touches the disk until the caller writes bytes().
class ImageWriter : public Writer {
 public:
  ImageWriter();

  // Closes the file and gives its bytes. The writer is spent.
  std::string bytes();
};

// Builds a file on disk, for data that does not fit in memory. The caller gives it a temporary name, and
// after close() reads it back, syncs and renames it.
class FileWriter : public Writer {
 public:
  // Errors call the file `name`.
  FileWriter(const std::filesystem::path& path, std::string name);

  // A dataset that is filled row by row: rows count along the first dimension, each is one chunk. A row is one of another
  // file whose row_storage() is that of this dataset, and is written through when it is given.
  enum class Number { f32, f64 };
  void empty_dataset(const std::string& path, Number type, const Shape& shape);
  std::string row_storage(const std::string& path) const;
  void write_row(const std::string& path, std::uint64_t row, const StoredRow& stored);

  // Throws Error if anything could not be written. The writer is spent.
  void close();

 private:
  std::map<std::string, Handle> by_row_;  // open datasets
};

}  // namespace musicmem::data::hdf5
