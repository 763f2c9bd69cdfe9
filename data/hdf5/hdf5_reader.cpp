// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/hdf5/hdf5_reader.h"

#include "config/error.h"
#include "config/io_error.h"
#include "data/files/placeholder.h"

#include <algorithm>

#include <hdf5.h>

namespace musicmem::data::hdf5 {
namespace {

// Deflate cannot shrink data by more than about 1030 times: a dataset that claims more is damaged or hostile.
constexpr std::uint64_t largest_expansion = 1100;

// Copies what the library allocated for variable-length text and gives the library's memory back.
std::vector<std::string> take_texts(std::vector<char*> texts, hid_t type, hid_t space) {
  std::vector<std::string> values;
  for (const char* text : texts) values.emplace_back(text ? text : "");
  H5Dvlen_reclaim(type, space, H5P_DEFAULT, texts.data());
  return values;
}

Handle open_image(std::string_view bytes) {
  constexpr std::size_t growth = std::size_t{1} << 20;
  const Handle access = property_list(H5P_FILE_ACCESS);
  check(H5Pset_fapl_core(access.get(), growth, false), "read a file in memory", "");
  check(H5Pset_file_image(access.get(), const_cast<char*>(bytes.data()), bytes.size()),
        "read a file in memory", "");
  return Handle(H5Fopen(name_in_memory, H5F_ACC_RDONLY, access.get()), close_file);
}

Handle open_file(const std::filesystem::path& path) {
  const Handle access = property_list(H5P_FILE_ACCESS);
  // Committed files never change, so they need no lock; NFS often has none to give.
  check(H5Pset_file_locking(access.get(), false, true), "leave out file locks", "");
  return Handle(H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.get()), close_file);
}

}  // namespace

Reader::Reader(const std::filesystem::path& path) : name_(path.string()) {
  silence_library();
  std::error_code error;
  file_size_ = std::filesystem::file_size(path, error);
  if (error) fail_of_system("cannot be opened", path, error.value());
  file_ = open_file(path);
  if (file_.get() >= 0) return;
  refuse_placeholder(path);
  throw_failure("is not a readable HDF5 file", name_, "make it again");
}

Reader::Reader(std::string_view bytes, std::string name) : name_(std::move(name)), file_size_(bytes.size()) {
  silence_library();
  file_ = open_image(bytes);
  if (file_.get() >= 0) return;
  refuse_placeholder(bytes, name_);
  throw_failure("is not a readable HDF5 file", name_, "make it again");
}

namespace {

// What a Reader's methods share: an open dataset with its shape, checked for
// size before anything is allocated.
struct OpenDataset {
  OpenDataset(hid_t file, const std::string& path, const std::string& name, std::uint64_t file_size,
              std::size_t element)
      : dataset(H5Dopen2(file, path.c_str(), H5P_DEFAULT), close_dataset) {
    if (dataset.get() < 0) throw Error("has no dataset '" + path + "'", name);
    space = Handle(H5Dget_space(dataset.get()), close_space);
    shape = shape_of(space.get());
    std::uint64_t bytes = element;
    const std::uint64_t limit = file_size * largest_expansion;
    for (const std::uint64_t extent : shape) {
      if (extent != 0 && bytes > limit / extent) {
        throw Error("dataset '" + path + "' claims more data than the file can hold", name,
                    "make the file again");
      }
      bytes *= extent;
    }
  }

  Handle dataset;
  Handle space;
  Shape shape;
};

template <typename T>
std::vector<T> read_numbers(const OpenDataset& open, hid_t memory, const std::string& path,
                            const std::string& name) {
  std::vector<T> values(product(open.shape));
  if (!values.empty() &&
      H5Dread(open.dataset.get(), memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()) < 0) {
    throw_failure("dataset '" + path + "' cannot be read", name, "make the file again");
  }
  return values;
}

template <typename T>
std::vector<T> read_some_rows(const OpenDataset& open, hid_t memory, std::uint64_t first, std::uint64_t rows,
                              const std::string& path, const std::string& name) {
  if (open.shape.empty() || first >= open.shape[0] || rows > open.shape[0] - first) {
    throw Error("dataset '" + path + "' has no row " + std::to_string(first + rows - 1), name,
                "make the file again");
  }
  std::vector<hsize_t> start(open.shape.size(), 0);
  std::vector<hsize_t> count(open.shape.begin(), open.shape.end());
  start[0] = first;
  count[0] = rows;
  std::vector<T> values(rows * product(Shape(open.shape.begin() + 1, open.shape.end())));
  const hsize_t values_count = values.size();
  const Handle target(H5Screate_simple(1, &values_count, nullptr), close_space);
  if (H5Sselect_hyperslab(open.space.get(), H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr) <
          0 ||
      H5Dread(open.dataset.get(), memory, target.get(), open.space.get(), H5P_DEFAULT, values.data()) < 0) {
    throw_failure("row " + std::to_string(first) + " of dataset '" + path + "' cannot be read", name,
                  "make the file again");
  }
  return values;
}

Handle open_attribute(hid_t file, const std::string& path, const std::string& name,
                      const std::string& file_name) {
  Handle attribute(H5Aopen_by_name(file, path.c_str(), name.c_str(), H5P_DEFAULT, H5P_DEFAULT),
                   close_attribute);
  if (attribute.get() < 0) throw Error("has no attribute '" + name + "' on '" + path + "'", file_name);
  return attribute;
}

bool holds_variable_text(hid_t type) {
  return H5Tget_class(type) == H5T_STRING && H5Tis_variable_str(type) > 0;
}

std::vector<std::string> read_attribute_texts(hid_t file, const std::string& path, const std::string& name,
                                              const std::string& file_name) {
  const Handle attribute = open_attribute(file, path, name, file_name);
  const Handle stored(H5Aget_type(attribute.get()), close_type);
  const Handle space(H5Aget_space(attribute.get()), close_space);
  if (!holds_variable_text(stored.get())) throw Error("attribute '" + name + "' is not text", file_name);
  const Handle type = text_type();
  std::vector<char*> texts(product(shape_of(space.get())));
  if (texts.empty()) return {};
  if (H5Aread(attribute.get(), type.get(), texts.data()) < 0) {
    throw_failure("attribute '" + name + "' cannot be read", file_name, "make the file again");
  }
  return take_texts(std::move(texts), type.get(), space.get());
}

herr_t collect_name(hid_t, const char* name, const H5L_info_t*, void* names) {
  static_cast<std::vector<std::string>*>(names)->emplace_back(name);
  return 0;
}

}  // namespace

int Reader::descriptor() const {
  void* descriptor = nullptr;
  if (H5Fget_vfd_handle(file_.get(), H5P_DEFAULT, &descriptor) < 0)
    throw_failure("cannot be looked at", name_);
  return *static_cast<const int*>(descriptor);
}

bool Reader::has(const std::string& path) const {
  std::string prefix;
  std::size_t start = path.starts_with('/') ? 1 : 0;
  while (start < path.size()) {
    const std::size_t end = std::min(path.find('/', start), path.size());
    prefix.append("/").append(path, start, end - start);
    if (H5Lexists(file_.get(), prefix.c_str(), H5P_DEFAULT) <= 0) return false;
    start = end + 1;
  }
  return true;
}

bool Reader::is_group(const std::string& path) const {
  const Handle object(H5Oopen(file_.get(), path.c_str(), H5P_DEFAULT), H5Oclose);
  return object.get() >= 0 && H5Iget_type(object.get()) == H5I_GROUP;
}

std::vector<std::string> Reader::children(const std::string& path) const {
  const Handle group(H5Gopen2(file_.get(), path.c_str(), H5P_DEFAULT), H5Gclose);
  if (group.get() < 0) throw Error("has no group '" + path + "'", name_);
  std::vector<std::string> names;
  hsize_t index = 0;
  check(H5Literate(group.get(), H5_INDEX_NAME, H5_ITER_INC, &index, collect_name, &names), "list " + path,
        name_);
  return names;
}

Shape Reader::shape(const std::string& path) const {
  return OpenDataset(file_.get(), path, name_, file_size_, 1).shape;
}

bool Reader::is_single_precision(const std::string& path) const {
  const OpenDataset open(file_.get(), path, name_, file_size_, 1);
  const Handle type(H5Dget_type(open.dataset.get()), close_type);
  return H5Tget_class(type.get()) == H5T_FLOAT && H5Tget_size(type.get()) == sizeof(float);
}

std::vector<float> Reader::floats(const std::string& path) const {
  const OpenDataset open(file_.get(), path, name_, file_size_, sizeof(float));
  return read_numbers<float>(open, H5T_NATIVE_FLOAT, path, name_);
}

std::vector<float> Reader::float_row(const std::string& path, std::uint64_t row) const {
  const OpenDataset open(file_.get(), path, name_, file_size_, sizeof(float));
  return read_some_rows<float>(open, H5T_NATIVE_FLOAT, row, 1, path, name_);
}

std::vector<double> Reader::double_row(const std::string& path, std::uint64_t row) const {
  return double_rows(path, row, 1);
}

std::vector<double> Reader::double_rows(const std::string& path, std::uint64_t first,
                                        std::uint64_t count) const {
  const OpenDataset open(file_.get(), path, name_, file_size_, sizeof(double));
  return read_some_rows<double>(open, H5T_NATIVE_DOUBLE, first, count, path, name_);
}

std::string Reader::row_storage(const std::string& path) const {
  return hdf5::row_storage(OpenDataset(file_.get(), path, name_, file_size_, 1).dataset.get());
}

std::vector<StoredRow> Reader::stored_rows(const std::string& path, std::uint64_t first,
                                           std::uint64_t count) const {
  const OpenDataset open(file_.get(), path, name_, file_size_, 1);
  if (open.shape.empty() || first > open.shape[0] || count > open.shape[0] - first)
    throw Error("dataset '" + path + "' has fewer rows", name_, "make the file again");
  std::vector<StoredRow> rows;
  for (std::uint64_t row = first; row < first + count; ++row)
    rows.push_back(read_stored_row(open.dataset.get(), row, path, name_));
  return rows;
}

std::vector<double> Reader::doubles(const std::string& path) const {
  const OpenDataset open(file_.get(), path, name_, file_size_, sizeof(double));
  return read_numbers<double>(open, H5T_NATIVE_DOUBLE, path, name_);
}

std::vector<std::int64_t> Reader::integers(const std::string& path) const {
  const OpenDataset open(file_.get(), path, name_, file_size_, sizeof(std::int64_t));
  return read_numbers<std::int64_t>(open, H5T_NATIVE_INT64, path, name_);
}

std::vector<std::string> Reader::strings(const std::string& path) const {
  const OpenDataset open(file_.get(), path, name_, file_size_, sizeof(char*));
  const Handle stored(H5Dget_type(open.dataset.get()), close_type);
  if (!holds_variable_text(stored.get())) throw Error("dataset '" + path + "' is not text", name_);
  const Handle type = text_type();
  std::vector<char*> texts = read_numbers<char*>(open, type.get(), path, name_);
  if (texts.empty()) return {};
  return take_texts(std::move(texts), type.get(), open.space.get());
}

bool Reader::has_attribute(const std::string& path, const std::string& name) const {
  return H5Aexists_by_name(file_.get(), path.c_str(), name.c_str(), H5P_DEFAULT) > 0 ||
         has(list_path(path, name));
}

std::string Reader::text_attribute(const std::string& path, const std::string& name) const {
  const auto texts = read_attribute_texts(file_.get(), path, name, name_);
  if (texts.size() != 1) throw Error("attribute '" + name + "' is not one text", name_);
  return texts[0];
}

std::vector<std::string> Reader::texts_attribute(const std::string& path, const std::string& name) const {
  if (const std::string list = list_path(path, name); has(list)) return strings(list);
  return read_attribute_texts(file_.get(), path, name, name_);
}

double Reader::number_attribute(const std::string& path, const std::string& name) const {
  const Handle attribute = open_attribute(file_.get(), path, name, name_);
  const Handle space(H5Aget_space(attribute.get()), close_space);
  double value = 0.0;
  if (product(shape_of(space.get())) != 1 || H5Aread(attribute.get(), H5T_NATIVE_DOUBLE, &value) < 0) {
    throw Error("attribute '" + name + "' is not one number", name_);
  }
  return value;
}

}  // namespace musicmem::data::hdf5
