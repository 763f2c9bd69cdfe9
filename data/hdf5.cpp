// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/hdf5.h"

#include "config/error.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <type_traits>

#include <hdf5.h>

namespace musicmem::data::hdf5 {
namespace {

static_assert(std::is_same_v<hid_t, std::int64_t>);

constexpr int deflate_level = 4;
// Deflate cannot shrink data by more than about 1030 times: a dataset that claims more is damaged or hostile.
constexpr std::uint64_t largest_expansion = 1100;

// An attribute is part of its object's header, which ends at 64 KiB: 16 bytes for each text. Longer lists are
// datasets beside the object.
constexpr std::size_t most_in_attribute = 4000;

std::string list_path(const std::string& path, const std::string& name) {
  return (path == "/" ? "root" : path) + "." + name;
}

// The library prints its error stack by default; errors here are thrown instead.
void silence_library() {
  // Without the library's own clean-up at exit, which crashes over a file that a full disk kept from closing.
  static const bool silenced = H5dont_atexit() >= 0 && H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr) >= 0;
  (void)silenced;
}

template <typename Close>
Handle own(hid_t id, Close close, const std::string& what) {
  if (id < 0) throw Error("HDF5 cannot " + what);
  return Handle(id, close);
}

int close_file(hid_t id) {
  return H5Fclose(id);
}
int close_object(hid_t id) {
  return H5Oclose(id);
}
int close_dataset(hid_t id) {
  return H5Dclose(id);
}
int close_space(hid_t id) {
  return H5Sclose(id);
}
int close_type(hid_t id) {
  return H5Tclose(id);
}
int close_list(hid_t id) {
  return H5Pclose(id);
}
int close_attribute(hid_t id) {
  return H5Aclose(id);
}

void check(herr_t status, const std::string& what) {
  if (status < 0) throw Error("HDF5 cannot " + what);
}

Handle property_list(hid_t kind) {
  return own(H5Pcreate(kind), close_list, "make a property list");
}

Handle text_type() {
  Handle type = own(H5Tcopy(H5T_C_S1), close_type, "make a text type");
  check(H5Tset_size(type.get(), H5T_VARIABLE), "make a text type");
  check(H5Tset_cset(type.get(), H5T_CSET_UTF8), "make a text type");
  return type;
}

Handle simple_space(const Shape& shape) {
  const std::vector<hsize_t> dims(shape.begin(), shape.end());
  return own(shape.empty() ? H5Screate(H5S_SCALAR)
                           : H5Screate_simple(static_cast<int>(dims.size()), dims.data(), nullptr),
             close_space, "make a data space");
}

std::uint64_t product(const Shape& shape) {
  return std::accumulate(shape.begin(), shape.end(), std::uint64_t{1}, std::multiplies<>());
}

Handle creation_list(const Layout& layout, std::uint64_t elements) {
  Handle list = property_list(H5P_DATASET_CREATE);
  check(H5Pset_obj_track_times(list.get(), false), "leave out object times");
  if (layout.chunk.empty() || elements == 0) return list;
  const std::vector<hsize_t> chunk(layout.chunk.begin(), layout.chunk.end());
  check(H5Pset_chunk(list.get(), static_cast<int>(chunk.size()), chunk.data()), "set a chunk shape");
  check(H5Pset_shuffle(list.get()), "set the shuffle filter");
  check(H5Pset_deflate(list.get(), deflate_level), "set the deflate filter");
  check(H5Pset_fletcher32(list.get()), "set the checksum filter");
  return list;
}

Handle make_dataset(hid_t file, const std::string& path, hid_t stored, const Shape& shape,
                    const Layout& layout) {
  const Handle links = property_list(H5P_LINK_CREATE);
  check(H5Pset_create_intermediate_group(links.get(), 1), "make groups");
  check(H5Pset_char_encoding(links.get(), H5T_CSET_UTF8), "use UTF-8 names");
  const Handle space = simple_space(shape);
  const Handle creation = creation_list(layout, product(shape));
  return own(H5Dcreate2(file, path.c_str(), stored, space.get(), links.get(), creation.get(), H5P_DEFAULT),
             close_dataset, "make dataset " + path);
}

void write_dataset(hid_t file, const std::string& path, hid_t stored, hid_t memory, const void* values,
                   const Shape& shape, const Layout& layout) {
  const Handle dataset = make_dataset(file, path, stored, shape, layout);
  if (product(shape) == 0) return;
  check(H5Dwrite(dataset.get(), memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, values), "write dataset " + path);
}

std::vector<const char*> pointers(const std::vector<std::string>& values) {
  std::vector<const char*> result;
  for (const std::string& value : values) result.push_back(value.c_str());
  return result;
}

void write_attribute(hid_t file, const std::string& path, const std::string& name, hid_t stored, hid_t memory,
                     const void* value, const Shape& shape) {
  const Handle object = own(H5Oopen(file, path.c_str(), H5P_DEFAULT), close_object, "open " + path);
  const Handle space = simple_space(shape);
  const Handle attribute =
      own(H5Acreate2(object.get(), name.c_str(), stored, space.get(), H5P_DEFAULT, H5P_DEFAULT),
          close_attribute, "make attribute " + name);
  if (product(shape) == 0) return;
  check(H5Awrite(attribute.get(), memory, value), "write attribute " + name);
}

Handle access_list(H5F_libver_t oldest) {
  silence_library();
  Handle access = property_list(H5P_FILE_ACCESS);
  check(H5Pset_libver_bounds(access.get(), oldest, H5F_LIBVER_V110), "pin the format");
  check(H5Pset_file_locking(access.get(), false, true), "leave out file locks");
  return access;
}

Handle create_file(const std::string& name, const Handle& access) {
  const Handle creation = property_list(H5P_FILE_CREATE);
  check(H5Pset_obj_track_times(creation.get(), false), "leave out object times");
  return own(H5Fcreate(name.c_str(), H5F_ACC_TRUNC, creation.get(), access.get()), close_file,
             "make the file " + name);
}

Shape shape_of(hid_t space) {
  const int rank = H5Sget_simple_extent_ndims(space);
  if (rank < 0) throw Error("HDF5 cannot read a shape");
  std::vector<hsize_t> dims(static_cast<std::size_t>(rank));
  if (rank > 0) check(H5Sget_simple_extent_dims(space, dims.data(), nullptr), "read a shape");
  return {dims.begin(), dims.end()};
}

void write_one_row(hid_t file, const std::string& path, hid_t memory, std::uint64_t row, const void* values,
                   std::size_t count) {
  const Handle dataset =
      own(H5Dopen2(file, path.c_str(), H5P_DEFAULT), close_dataset, "open dataset " + path);
  const Handle space = own(H5Dget_space(dataset.get()), close_space, "read a shape");
  const Shape shape = shape_of(space.get());
  std::vector<hsize_t> start(shape.size(), 0);
  std::vector<hsize_t> extent(shape.begin(), shape.end());
  start.at(0) = row;
  extent.at(0) = 1;
  if (product(Shape(extent.begin(), extent.end())) != count)
    throw Error("a row of " + path + " has another size");
  check(H5Sselect_hyperslab(space.get(), H5S_SELECT_SET, start.data(), nullptr, extent.data(), nullptr),
        "find a row");
  const Handle source = simple_space({count});
  check(H5Dwrite(dataset.get(), memory, source.get(), space.get(), H5P_DEFAULT, values),
        "write dataset " + path);
}

// Copies what the library allocated for variable-length text and gives the library's memory back.
std::vector<std::string> take_texts(std::vector<char*> texts, hid_t type, hid_t space) {
  std::vector<std::string> values;
  for (const char* text : texts) values.emplace_back(text ? text : "");
  H5Dvlen_reclaim(type, space, H5P_DEFAULT, texts.data());
  return values;
}

}  // namespace

Handle& Handle::operator=(Handle&& other) noexcept {
  if (this != &other) {
    reset();
    id_ = other.id_;
    close_ = other.close_;
    other.id_ = -1;
  }
  return *this;
}

void Handle::reset() {
  if (id_ >= 0) close_(id_);
  id_ = -1;
}

// In the oldest format, whose superblock has no checksum: H5Fget_file_image of 1.10.8 changes the superblock
// of later ones without renewing theirs, so that nobody could read the image.
ImageWriter::ImageWriter() {
  constexpr std::size_t growth = std::size_t{1} << 20;
  const Handle access = access_list(H5F_LIBVER_EARLIEST);
  check(H5Pset_fapl_core(access.get(), growth, false), "build a file in memory");
  file_ = create_file("image", access);
}

FileWriter::FileWriter(const std::filesystem::path& path) : name_(path.string()) {
  file_ = create_file(name_, access_list(H5F_LIBVER_V110));
}

void FileWriter::close() {
  const bool written = H5Fflush(file_.get(), H5F_SCOPE_GLOBAL) >= 0;
  file_.reset();
  if (!written)
    throw Error("cannot be written", name_, "check the free space and run the same command again");
}

void Writer::dataset(const std::string& path, std::span<const float> values, const Shape& shape,
                     const Layout& layout) {
  write_dataset(file_.get(), path, H5T_IEEE_F32LE, H5T_NATIVE_FLOAT, values.data(), shape, layout);
}

void Writer::dataset(const std::string& path, std::span<const double> values, const Shape& shape,
                     const Layout& layout) {
  write_dataset(file_.get(), path, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, values.data(), shape, layout);
}

void Writer::dataset(const std::string& path, std::span<const std::int64_t> values, const Shape& shape,
                     const Layout& layout) {
  write_dataset(file_.get(), path, H5T_STD_I64LE, H5T_NATIVE_INT64, values.data(), shape, layout);
}

void Writer::dataset(const std::string& path, const std::vector<std::string>& values) {
  const Handle type = text_type();
  write_dataset(file_.get(), path, type.get(), type.get(), pointers(values).data(), {values.size()}, {});
}

void Writer::empty_dataset(const std::string& path, Number type, const Shape& shape, const Layout& layout) {
  make_dataset(file_.get(), path, type == Number::f32 ? H5T_IEEE_F32LE : H5T_IEEE_F64LE, shape, layout);
}

void Writer::write_row(const std::string& path, std::uint64_t row, std::span<const float> values) {
  write_one_row(file_.get(), path, H5T_NATIVE_FLOAT, row, values.data(), values.size());
}

void Writer::write_row(const std::string& path, std::uint64_t row, std::span<const double> values) {
  write_one_row(file_.get(), path, H5T_NATIVE_DOUBLE, row, values.data(), values.size());
}

void Writer::attribute(const std::string& path, const std::string& name, const std::string& value) {
  const Handle type = text_type();
  const char* text = value.c_str();
  write_attribute(file_.get(), path, name, type.get(), type.get(), &text, {});
}

void Writer::attribute(const std::string& path, const std::string& name, double value) {
  write_attribute(file_.get(), path, name, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, &value, {});
}

void Writer::attribute(const std::string& path, const std::string& name, std::int64_t value) {
  write_attribute(file_.get(), path, name, H5T_STD_I64LE, H5T_NATIVE_INT64, &value, {});
}

void Writer::attribute(const std::string& path, const std::string& name,
                       const std::vector<std::string>& values) {
  if (values.size() > most_in_attribute) return dataset(list_path(path, name), values);
  const Handle type = text_type();
  write_attribute(file_.get(), path, name, type.get(), type.get(), pointers(values).data(), {values.size()});
}

std::string ImageWriter::bytes() {
  check(H5Fflush(file_.get(), H5F_SCOPE_GLOBAL), "finish a file in memory");
  const ssize_t size = H5Fget_file_image(file_.get(), nullptr, 0);
  if (size <= 0) throw Error("HDF5 cannot give the bytes of a file in memory");
  std::string image(static_cast<std::size_t>(size), '\0');
  if (H5Fget_file_image(file_.get(), image.data(), image.size()) != size) {
    throw Error("HDF5 cannot give the bytes of a file in memory");
  }
  file_.reset();
  return image;
}

namespace {

Handle open_image(std::string_view bytes) {
  constexpr std::size_t growth = std::size_t{1} << 20;
  const Handle access = property_list(H5P_FILE_ACCESS);
  check(H5Pset_fapl_core(access.get(), growth, false), "read a file in memory");
  check(H5Pset_file_image(access.get(), const_cast<char*>(bytes.data()), bytes.size()),
        "read a file in memory");
  return Handle(H5Fopen("image", H5F_ACC_RDONLY, access.get()), close_file);
}

Handle open_file(const std::filesystem::path& path) {
  const Handle access = property_list(H5P_FILE_ACCESS);
  // Committed files never change, so they need no lock; NFS often has none to give.
  check(H5Pset_file_locking(access.get(), false, true), "leave out file locks");
  return Handle(H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.get()), close_file);
}

}  // namespace

Reader::Reader(const std::filesystem::path& path) : name_(path.string()) {
  silence_library();
  std::error_code error;
  file_size_ = std::filesystem::file_size(path, error);
  if (error) throw Error("cannot be opened: " + error.message(), name_);
  file_ = open_file(path);
  if (file_.get() < 0) throw Error("is not a readable HDF5 file", name_, "make it again");
}

Reader::Reader(std::string_view bytes, std::string name) : name_(std::move(name)), file_size_(bytes.size()) {
  silence_library();
  file_ = open_image(bytes);
  if (file_.get() < 0) throw Error("is not a readable HDF5 file", name_, "make it again");
}

namespace {

// What a Reader's methods share: an open dataset with its shape, checked for size before anything is
// allocated.
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
    throw Error("dataset '" + path + "' cannot be read", name, "make the file again");
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
    throw Error("attribute '" + name + "' cannot be read", file_name, "make the file again");
  }
  return take_texts(std::move(texts), type.get(), space.get());
}

herr_t collect_name(hid_t, const char* name, const H5L_info_t*, void* names) {
  static_cast<std::vector<std::string>*>(names)->emplace_back(name);
  return 0;
}

}  // namespace

bool Reader::has(const std::string& path) const {
  std::string prefix;
  std::size_t start = path.starts_with('/') ? 1 : 0;
  while (start < path.size()) {
    const std::size_t end = std::min(path.find('/', start), path.size());
    prefix += "/" + path.substr(start, end - start);
    if (H5Lexists(file_.get(), prefix.c_str(), H5P_DEFAULT) <= 0) return false;
    start = end + 1;
  }
  return true;
}

std::vector<std::string> Reader::children(const std::string& path) const {
  const Handle group(H5Gopen2(file_.get(), path.c_str(), H5P_DEFAULT), H5Gclose);
  if (group.get() < 0) throw Error("has no group '" + path + "'", name_);
  std::vector<std::string> names;
  hsize_t index = 0;
  check(H5Literate(group.get(), H5_INDEX_NAME, H5_ITER_INC, &index, collect_name, &names), "list " + path);
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
  if (open.shape.empty() || row >= open.shape[0]) {
    throw Error("dataset '" + path + "' has no row " + std::to_string(row), name_, "make the file again");
  }
  std::vector<hsize_t> start(open.shape.size(), 0);
  std::vector<hsize_t> count(open.shape.begin(), open.shape.end());
  start[0] = row;
  count[0] = 1;
  const Shape row_shape(open.shape.begin() + 1, open.shape.end());
  std::vector<float> values(product(row_shape));
  const hsize_t values_count = values.size();
  const Handle memory(H5Screate_simple(1, &values_count, nullptr), close_space);
  if (H5Sselect_hyperslab(open.space.get(), H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr) <
          0 ||
      H5Dread(open.dataset.get(), H5T_NATIVE_FLOAT, memory.get(), open.space.get(), H5P_DEFAULT,
              values.data()) < 0) {
    throw Error("row " + std::to_string(row) + " of dataset '" + path + "' cannot be read", name_,
                "make the file again");
  }
  return values;
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
