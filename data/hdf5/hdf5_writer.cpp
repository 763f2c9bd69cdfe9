// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/hdf5/hdf5_writer.h"

#include "config/error.h"

#include <utility>

#include <hdf5.h>

namespace musicmem::data::hdf5 {
namespace {

constexpr int deflate_level = 4;

// An attribute is part of its object's header, which ends at 64 KiB: 16 bytes for each text. Longer lists are
// datasets beside the object.
constexpr std::size_t most_in_attribute = 4000;

// A file that is being written, and what errors call it.
struct Target {
  hid_t file;
  const std::string& name;
};

int close_object(hid_t id) {
  return H5Oclose(id);
}

Handle simple_space(const Shape& shape) {
  const std::vector<hsize_t> dims(shape.begin(), shape.end());
  return own(shape.empty() ? H5Screate(H5S_SCALAR)
                           : H5Screate_simple(static_cast<int>(dims.size()), dims.data(), nullptr),
             close_space, "make a data space", "");
}

Handle creation_list(const Layout& layout, std::uint64_t elements) {
  Handle list = property_list(H5P_DATASET_CREATE);
  check(H5Pset_obj_track_times(list.get(), false), "leave out object times", "");
  if (layout.chunk.empty() || elements == 0) return list;
  const std::vector<hsize_t> chunk(layout.chunk.begin(), layout.chunk.end());
  check(H5Pset_chunk(list.get(), static_cast<int>(chunk.size()), chunk.data()), "set a chunk shape", "");
  check(H5Pset_shuffle(list.get()), "set the shuffle filter", "");
  check(H5Pset_deflate(list.get(), deflate_level), "set the deflate filter", "");
  check(H5Pset_fletcher32(list.get()), "set the checksum filter", "");
  return list;
}

Handle make_dataset(const Target& target, const std::string& path, hid_t stored, const Shape& shape,
                    const Layout& layout) {
  const Handle links = property_list(H5P_LINK_CREATE);
  check(H5Pset_create_intermediate_group(links.get(), 1), "make groups", "");
  check(H5Pset_char_encoding(links.get(), H5T_CSET_UTF8), "use UTF-8 names", "");
  const Handle space = simple_space(shape);
  const Handle creation = creation_list(layout, product(shape));
  return own(
      H5Dcreate2(target.file, path.c_str(), stored, space.get(), links.get(), creation.get(), H5P_DEFAULT),
      close_dataset, "make dataset " + path, target.name);
}

void write_dataset(const Target& target, const std::string& path, hid_t stored, hid_t memory,
                   const void* values, const Shape& shape, const Layout& layout) {
  const std::string action = "write dataset " + path;
  Handle dataset = make_dataset(target, path, stored, shape, layout);
  if (product(shape) > 0)
    check(H5Dwrite(dataset.get(), memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, values), action, target.name);
  dataset.close(action, target.name);
}

std::vector<const char*> pointers(const std::vector<std::string>& values) {
  std::vector<const char*> result;
  for (const std::string& value : values) result.push_back(value.c_str());
  return result;
}

void write_attribute(const Target& target, const std::string& path, const std::string& name, hid_t stored,
                     hid_t memory, const void* value, const Shape& shape) {
  const std::string action = "write attribute " + name + " of " + path;
  Handle object =
      own(H5Oopen(target.file, path.c_str(), H5P_DEFAULT), close_object, "open " + path, target.name);
  const Handle space = simple_space(shape);
  Handle attribute =
      own(H5Acreate2(object.get(), name.c_str(), stored, space.get(), H5P_DEFAULT, H5P_DEFAULT),
          close_attribute, action, target.name);
  if (product(shape) > 0) check(H5Awrite(attribute.get(), memory, value), action, target.name);
  attribute.close(action, target.name);
  object.close(action, target.name);
}

Handle access_list(H5F_libver_t oldest) {
  silence_library();
  Handle access = property_list(H5P_FILE_ACCESS);
  check(H5Pset_libver_bounds(access.get(), oldest, H5F_LIBVER_V110), "pin the format", "");
  check(H5Pset_file_locking(access.get(), false, true), "leave out file locks", "");
  return access;
}

Handle create_file(const std::string& path, const Handle& access, const std::string& name) {
  const Handle creation = property_list(H5P_FILE_CREATE);
  check(H5Pset_obj_track_times(creation.get(), false), "leave out object times", "");
  return own(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, creation.get(), access.get()), close_file,
             "make the file", name);
}

}  // namespace

void Writer::dataset(const std::string& path, std::span<const float> values, const Shape& shape,
                     const Layout& layout) {
  write_dataset({file_.get(), name_}, path, H5T_IEEE_F32LE, H5T_NATIVE_FLOAT, values.data(), shape, layout);
}

void Writer::dataset(const std::string& path, std::span<const double> values, const Shape& shape,
                     const Layout& layout) {
  write_dataset({file_.get(), name_}, path, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, values.data(), shape, layout);
}

void Writer::dataset(const std::string& path, std::span<const std::int64_t> values, const Shape& shape,
                     const Layout& layout) {
  write_dataset({file_.get(), name_}, path, H5T_STD_I64LE, H5T_NATIVE_INT64, values.data(), shape, layout);
}

void Writer::dataset(const std::string& path, const std::vector<std::string>& values) {
  const Handle type = text_type();
  write_dataset({file_.get(), name_}, path, type.get(), type.get(), pointers(values).data(), {values.size()},
                {});
}

void Writer::attribute(const std::string& path, const std::string& name, const std::string& value) {
  const Handle type = text_type();
  const char* text = value.c_str();
  write_attribute({file_.get(), name_}, path, name, type.get(), type.get(), &text, {});
}

void Writer::attribute(const std::string& path, const std::string& name, double value) {
  write_attribute({file_.get(), name_}, path, name, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, &value, {});
}

void Writer::attribute(const std::string& path, const std::string& name, std::int64_t value) {
  write_attribute({file_.get(), name_}, path, name, H5T_STD_I64LE, H5T_NATIVE_INT64, &value, {});
}

void Writer::attribute(const std::string& path, const std::string& name,
                       const std::vector<std::string>& values) {
  if (values.size() > most_in_attribute) return dataset(list_path(path, name), values);
  const Handle type = text_type();
  write_attribute({file_.get(), name_}, path, name, type.get(), type.get(), pointers(values).data(),
                  {values.size()});
}

// In the oldest format, whose superblock has no checksum: H5Fget_file_image of 1.10.8 changes the superblock
// of later ones without renewing theirs, so that nobody could read the image.
ImageWriter::ImageWriter() : Writer("a file in memory") {
  constexpr std::size_t growth = std::size_t{1} << 20;
  const Handle access = access_list(H5F_LIBVER_EARLIEST);
  check(H5Pset_fapl_core(access.get(), growth, false), "build a file in memory", "");
  file_ = create_file(name_in_memory, access, name_);
}

std::string ImageWriter::bytes() {
  check(H5Fflush(file_.get(), H5F_SCOPE_GLOBAL), "finish", name_);
  const ssize_t size = H5Fget_file_image(file_.get(), nullptr, 0);
  check(size, "give the bytes of", name_);
  std::string image(static_cast<std::size_t>(size), '\0');
  check(H5Fget_file_image(file_.get(), image.data(), image.size()), "give the bytes of", name_);
  file_.close("close", name_);
  return image;
}

FileWriter::FileWriter(const std::filesystem::path& path, std::string name) : Writer(std::move(name)) {
  file_ = create_file(path.string(), access_list(H5F_LIBVER_V110), name_);
}

void FileWriter::empty_dataset(const std::string& path, Number type, const Shape& shape) {
  Layout one_row{shape};
  one_row.chunk.at(0) = 1;
  by_row_[path] = make_dataset({file_.get(), name_}, path,
                               type == Number::f32 ? H5T_IEEE_F32LE : H5T_IEEE_F64LE, shape, one_row);
}

void FileWriter::write_row(const std::string& path, std::uint64_t row, const StoredRow& stored) {
  write_stored_row(by_row_.at(path).get(), row, stored, path, name_);
}

std::string FileWriter::row_storage(const std::string& path) const {
  return hdf5::row_storage(by_row_.at(path).get());
}

void FileWriter::close() {
  for (auto& [path, dataset] : by_row_) dataset.close("write dataset " + path, name_);
  check(H5Fflush(file_.get(), H5F_SCOPE_GLOBAL), "write the file", name_);
  file_.close("close the file", name_);
}

}  // namespace musicmem::data::hdf5
