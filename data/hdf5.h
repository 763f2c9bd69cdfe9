// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// A small owner's view of the HDF5 C library: what the feature store and the weights need, and no more.
// The library has one global lock and is used from one thread of a process at a time.
namespace musicmem::data::hdf5 {

// An HDF5 identifier that is closed when its owner goes; moves, does not copy.
class Handle {
 public:
  using Close = int (*)(std::int64_t);
  Handle() = default;
  Handle(std::int64_t id, Close close) : id_(id), close_(close) {}
  ~Handle() { reset(); }
  Handle(Handle&& other) noexcept : id_(other.id_), close_(other.close_) { other.id_ = -1; }
  Handle& operator=(Handle&& other) noexcept;
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  std::int64_t get() const { return id_; }
  void reset();

 private:
  std::int64_t id_ = -1;
  Close close_ = nullptr;
};

using Shape = std::vector<std::uint64_t>;

// How a dataset is laid out: chunks (empty for contiguous) are shuffled, deflated and carry a Fletcher-32
// checksum.
struct Layout {
  Shape chunk;
};

// What both kinds of writer share. The same calls give the same bytes on every machine: no times are kept and
// the format is pinned to version 1.10.
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

  // A dataset that is filled row by row (rows count along the first dimension) with write_row.
  enum class Number { f32, f64 };
  void empty_dataset(const std::string& path, Number type, const Shape& shape, const Layout&);
  void write_row(const std::string& path, std::uint64_t row, std::span<const float> values);
  void write_row(const std::string& path, std::uint64_t row, std::span<const double> values);

  // Attributes of a dataset or group that exists ("/" is the root).
  void attribute(const std::string& path, const std::string& name, const std::string& value);
  void attribute(const std::string& path, const std::string& name, double value);
  void attribute(const std::string& path, const std::string& name, std::int64_t value);
  // Above 4000 texts, which no attribute can hold, the list is the dataset "<path>.<name>" ("root.<name>" of
  // "/").
  void attribute(const std::string& path, const std::string& name, const std::vector<std::string>& values);

 protected:
  Writer() = default;
  ~Writer() = default;
  Writer(Writer&&) noexcept = default;
  Writer& operator=(Writer&&) noexcept = default;

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
// syncs and renames it after close().
class FileWriter : public Writer {
 public:
  explicit FileWriter(const std::filesystem::path& path);

  // Throws Error if anything could not be written. The writer is spent.
  void close();

 private:
  std::string name_;
};

// Reads a file that may be damaged or not HDF5 at all: every failure is an Error that names file and dataset.
// Sizes are checked against the file before memory is asked for.
class Reader {
 public:
  explicit Reader(const std::filesystem::path& path);
  // From the bytes of a file in memory; `name` is what errors call it.
  Reader(std::string_view bytes, std::string name);

  bool has(const std::string& path) const;
  std::vector<std::string> children(const std::string& path) const;  // names in a group, sorted
  Shape shape(const std::string& path) const;
  bool is_single_precision(const std::string& path) const;  // of numbers: stored in 4 bytes each

  std::vector<float> floats(const std::string& path) const;
  // One row along the first dimension.
  std::vector<float> float_row(const std::string& path, std::uint64_t row) const;
  std::vector<double> doubles(const std::string& path) const;
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
