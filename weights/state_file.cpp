// SPDX-License-Identifier: GPL-3.0-or-later
#include "weights/state_file.h"

#include "config/error.h"
#include "data/files/csv.h"
#include "data/hdf5/hdf5.h"
#include "data/hdf5/hdf5_trial.h"

#include <cassert>
#include <cmath>
#include <functional>
#include <numeric>
#include <utility>

namespace musicmem::weights {
namespace {

constexpr const char* format_name = "musicmem weights";
constexpr const char* wrong_file_advice = "give the weights file of a finished fit";

// Which attributes of the root hold which kind of entry.
constexpr const char* text_index = "text_entries";
constexpr const char* number_index = "number_entries";
constexpr const char* list_index = "list_entries";

std::string shape_text(const Shape& shape) {
  std::string text = "[";
  for (const std::uint64_t extent : shape) text += (text.size() > 1 ? ", " : "") + std::to_string(extent);
  return text + "]";
}

template <class Map>
const auto& require(const Map& entries, const std::string& name, const char* kind,
                    const std::string& origin) {
  const auto found = entries.find(name);
  if (found == entries.end()) {
    throw Error("the weights hold no " + std::string(kind) + " '" + name + "'", origin, wrong_file_advice);
  }
  return found->second;
}

template <class T>
const std::vector<T>& require_shape(const Array<T>& array, const std::string& name, const Shape& shape,
                                    const std::string& origin) {
  if (array.shape != shape) {
    throw Error("array '" + name + "' has shape " + shape_text(array.shape) + " where " + shape_text(shape) +
                    " is needed",
                origin, wrong_file_advice);
  }
  return array.values;
}

template <class T>
void require_finite(const std::vector<T>& values, const std::string& name, const std::string& origin) {
  for (const T value : values) {
    if (!std::isfinite(value)) throw Error("'" + name + "' holds a value that is not finite", origin);
  }
}

// HDF5 has no empty attributes: an index without names is left out.
template <class Map>
void write_index(data::hdf5::ImageWriter& image, const char* index, const Map& entries) {
  std::vector<std::string> names;
  names.reserve(entries.size());
  for (const auto& [name, value] : entries) names.push_back(name);
  if (!names.empty()) image.attribute("/", index, names);
}

std::vector<std::string> read_index(const data::hdf5::Reader& file, const char* index) {
  return file.has_attribute("/", index) ? file.texts_attribute("/", index) : std::vector<std::string>{};
}

std::string entry_path(const std::string& group, const std::string& name) {
  std::string path = group;
  path += '/';
  path += name;
  return path;
}

template <class T>
void write_arrays(data::hdf5::ImageWriter& image, const std::string& group,
                  const std::map<std::string, Array<T>>& arrays) {
  for (const auto& [name, array] : arrays) {
    assert(array.values.size() ==
           std::accumulate(array.shape.begin(), array.shape.end(), std::uint64_t{1}, std::multiplies<>()));
    require_finite(array.values, name, "");
    image.dataset(entry_path(group, name), std::span<const T>(array.values), array.shape);
  }
}

template <class T, class Read>
std::map<std::string, Array<T>> read_arrays(const data::hdf5::Reader& file, const std::string& group,
                                            const std::string& origin, Read read) {
  std::map<std::string, Array<T>> arrays;
  if (!file.has(group)) return arrays;
  for (const std::string& name : file.children(group)) {
    const std::string path = entry_path(group, name);
    Array<T> array{file.shape(path), read(path)};
    require_finite(array.values, path, origin);
    arrays.emplace(name, std::move(array));
  }
  return arrays;
}

void check_format(const data::hdf5::Reader& file, const std::string& origin) {
  if (!file.has_attribute("/", "format") || file.text_attribute("/", "format") != format_name) {
    throw Error("this is no MusicMem weights file", origin, wrong_file_advice);
  }
  const double version = file.number_attribute("/", "version");
  if (version != format_version) {
    throw Error("weights of format version " + data::format_number(version) +
                    " cannot be read, this program knows version " + std::to_string(format_version),
                origin, "read it with the version of MusicMem that wrote it");
  }
}

StateFile read_state(const data::hdf5::Reader& file, const std::string& origin) {
  check_format(file, origin);
  StateFile state;
  state.origin = origin;
  state.doubles =
      read_arrays<double>(file, "float64", origin, [&](auto& path) { return file.doubles(path); });
  state.floats = read_arrays<float>(file, "float32", origin, [&](auto& path) { return file.floats(path); });
  for (const auto& name : read_index(file, text_index)) {
    state.texts.emplace(name, file.text_attribute("/", name));
  }
  for (const auto& name : read_index(file, number_index)) {
    const double value = file.number_attribute("/", name);
    require_finite(std::vector<double>{value}, name, origin);
    state.numbers.emplace(name, value);
  }
  for (const auto& name : read_index(file, list_index)) {
    state.lists.emplace(name, file.texts_attribute("/", name));
  }
  return state;
}

}  // namespace

const Array<double>& StateFile::double_array(const std::string& name) const {
  return require(doubles, name, "array", origin);
}

const std::vector<double>& StateFile::double_array(const std::string& name, const Shape& shape) const {
  return require_shape(require(doubles, name, "array", origin), name, shape, origin);
}

const std::vector<float>& StateFile::float_array(const std::string& name, const Shape& shape) const {
  return require_shape(require(floats, name, "array", origin), name, shape, origin);
}

const std::string& StateFile::text(const std::string& name) const {
  return require(texts, name, "text", origin);
}

const std::vector<std::string>& StateFile::list(const std::string& name) const {
  return require(lists, name, "list", origin);
}

double StateFile::number(const std::string& name) const {
  return require(numbers, name, "number", origin);
}

std::int64_t StateFile::whole_number(const std::string& name, std::int64_t smallest,
                                     std::int64_t largest) const {
  const double value = number(name);
  if (value != std::floor(value) || value < static_cast<double>(smallest) ||
      value > static_cast<double>(largest)) {
    throw Error("number '" + name + "' is not a whole number from " + std::to_string(smallest) + " to " +
                    std::to_string(largest),
                origin, wrong_file_advice);
  }
  return static_cast<std::int64_t>(value);
}

std::string to_bytes(const StateFile& state) {
  data::hdf5::ImageWriter image;
  image.attribute("/", "format", std::string(format_name));
  image.attribute("/", "version", std::int64_t{format_version});
  write_index(image, text_index, state.texts);
  write_index(image, number_index, state.numbers);
  write_index(image, list_index, state.lists);
  for (const auto& [name, text] : state.texts) image.attribute("/", name, text);
  for (const auto& [name, value] : state.numbers) {
    require_finite(std::vector<double>{value}, name, "");
    image.attribute("/", name, value);
  }
  for (const auto& [name, list] : state.lists) image.attribute("/", name, list);
  write_arrays(image, "float64", state.doubles);
  write_arrays(image, "float32", state.floats);
  return image.bytes();
}

StateFile read_state_file(const std::filesystem::path& path) {
  return read_state(data::hdf5::Reader(data::hdf5::harmless(path)), path.string());
}

StateFile parse_state_file(std::string_view bytes, const std::string& name) {
  return read_state(data::hdf5::Reader(bytes, name), name);
}

}  // namespace musicmem::weights
