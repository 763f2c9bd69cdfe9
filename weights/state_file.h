// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

// MusicMem's own weights format, an HDF5 file:
//   /                   attributes `format` = "musicmem weights" and `version`, and one attribute per
//                       text, number and text list; `text_entries`, `number_entries` and `list_entries`
//                       name them
//   /float64/<name>     arrays of double
//   /float32/<name>     arrays of float
// It holds no time, host or path: the bytes are a pure function of the content.
namespace musicmem::weights {

inline constexpr int format_version = 1;

using Shape = std::vector<std::uint64_t>;

// A dense row-major array; the product of `shape` is values.size().
template <class T>
struct Array {
  Shape shape;
  std::vector<T> values;
  bool operator==(const Array&) const = default;
};

// The content of a weights file. A name holds no '/' and is unique among texts, numbers and lists; a list is
// not empty.
//
// The accessors are for readers of a file that may be wrong: they throw Error with `origin` and the entry's
// name where it is missing or its shape is another than the one asked for.
struct StateFile {
  std::map<std::string, Array<double>> doubles;
  std::map<std::string, Array<float>> floats;
  std::map<std::string, std::string> texts;
  std::map<std::string, double> numbers;
  std::map<std::string, std::vector<std::string>> lists;
  std::string origin = "weights";  // the file it was read from, for messages; not written

  const Array<double>& double_array(const std::string& name) const;
  const std::vector<double>& double_array(const std::string& name, const Shape& shape) const;
  const std::vector<float>& float_array(const std::string& name, const Shape& shape) const;
  const std::string& text(const std::string& name) const;
  const std::vector<std::string>& list(const std::string& name) const;
  double number(const std::string& name) const;
  // A number that must be whole and within [smallest, largest].
  std::int64_t whole_number(const std::string& name, std::int64_t smallest, std::int64_t largest) const;
};

// The file's bytes, for data::write_file_durably. Throws Error if an array or number is not finite.
std::string to_bytes(const StateFile& state);

// Reads a weights file. Throws Error with the path if it cannot be read, is no weights file, is of a later
// version, is damaged, or holds a value that is not finite.
StateFile read_state_file(const std::filesystem::path& path);

// The same from bytes in memory; `name` is what errors call them.
StateFile parse_state_file(std::string_view bytes, const std::string& name);

}  // namespace musicmem::weights
