// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/hdf5/hdf5_handle.h"

#include "config/io_error.h"

#include <charconv>
#include <cstring>
#include <functional>
#include <numeric>
#include <string_view>
#include <type_traits>

#include <hdf5.h>

namespace musicmem::data::hdf5 {
namespace {

static_assert(std::is_same_v<hid_t, std::int64_t>);

// The library's file driver says "..., errno = 5, error message = ..." where a call of the system failed.
herr_t find_errno(unsigned, const H5E_error2_t* entry, void* found) {
  constexpr std::string_view word = "errno = ";
  const std::string_view text = entry->desc != nullptr ? entry->desc : "";
  const std::size_t place = text.rfind(word);
  if (place != std::string_view::npos) {
    std::from_chars(text.data() + place + word.size(), text.data() + text.size(), *static_cast<int*>(found));
  }
  return 0;
}

// Of the call that has just failed; 0 where the system was not to blame.
int system_error() {
  int found = 0;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, find_errno, &found);
  return found;
}

int close_list(hid_t id) {
  return H5Pclose(id);
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

int Handle::reset() {
  const std::int64_t id = id_;
  id_ = -1;
  return id >= 0 ? close_(id) : 0;
}

void Handle::close(const std::string& action, const std::string& file) {
  check(reset(), action, file);
}

std::uint64_t product(const Shape& shape) {
  return std::accumulate(shape.begin(), shape.end(), std::uint64_t{1}, std::multiplies<>());
}

void throw_failure(const std::string& problem, const std::string& file, const std::string& advice) {
  const int error = system_error();
  if (error == 0) throw Error(problem, file, advice);
  fail_of_system(problem, file, error);
}

void check(std::int64_t status, const std::string& action, const std::string& file) {
  if (status < 0) throw_failure("HDF5 cannot " + action, file);
}

Handle own(std::int64_t id, Handle::Close close, const std::string& action, const std::string& file) {
  check(id, action, file);
  return Handle(id, close);
}

void silence_library() {
  // Without the library's own clean-up at exit, which crashes over a file that a full disk kept from closing.
  static const bool silenced = H5dont_atexit() >= 0 && H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr) >= 0;
  (void)silenced;
}

Handle property_list(std::int64_t kind) {
  return own(H5Pcreate(kind), close_list, "make a property list", "");
}

Handle text_type() {
  Handle type = own(H5Tcopy(H5T_C_S1), close_type, "make a text type", "");
  check(H5Tset_size(type.get(), H5T_VARIABLE), "make a text type", "");
  check(H5Tset_cset(type.get(), H5T_CSET_UTF8), "make a text type", "");
  return type;
}

Shape shape_of(std::int64_t space) {
  const int rank = H5Sget_simple_extent_ndims(space);
  check(rank, "read a shape", "");
  std::vector<hsize_t> dims(static_cast<std::size_t>(rank));
  if (rank > 0) check(H5Sget_simple_extent_dims(space, dims.data(), nullptr), "read a shape", "");
  return {dims.begin(), dims.end()};
}

std::string list_path(const std::string& path, const std::string& name) {
  return (path == "/" ? "root" : path) + "." + name;
}

int close_file(std::int64_t id) {
  return H5Fclose(id);
}

int close_dataset(std::int64_t id) {
  return H5Dclose(id);
}

int close_space(std::int64_t id) {
  return H5Sclose(id);
}

int close_type(std::int64_t id) {
  return H5Tclose(id);
}

int close_attribute(std::int64_t id) {
  return H5Aclose(id);
}

}  // namespace musicmem::data::hdf5
