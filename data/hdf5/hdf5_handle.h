// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/error.h"

#include <cstdint>
#include <string>
#include <vector>

// Identifiers of the HDF5 C library, owned, and its return codes, checked. The library has one global lock
// and is used from one thread of a process at a time.
namespace musicmem::data::hdf5 {

// An HDF5 identifier that is closed when its owner goes; moves, does not copy. What was written is closed
// with close(): the library writes much of it no earlier, and says only then that it could not.
class Handle {
 public:
  using Close = int (*)(std::int64_t);
  Handle() = default;
  Handle(std::int64_t id, Close closes) : id_(id), close_(closes) {}
  ~Handle() { reset(); }
  Handle(Handle&& other) noexcept : id_(other.id_), close_(other.close_) { other.id_ = -1; }
  Handle& operator=(Handle&& other) noexcept;
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  std::int64_t get() const { return id_; }

  // Closes now; throws Error, as check() does, where that fails. Nothing where it is closed already.
  void close(const std::string& action, const std::string& file);

 private:
  int reset();

  std::int64_t id_ = -1;
  Close close_ = nullptr;
};

using Shape = std::vector<std::uint64_t>;

std::uint64_t product(const Shape& shape);

// Throws what has just failed in the library: `problem` with the system's reason and the advice on it, where
// the library met one, or with `advice`. Call it before anything else is asked of the library.
[[noreturn]] void throw_failure(const std::string& problem, const std::string& file,
                                const std::string& advice = "");

// Throws Error where `status` is a failure, at once after the call: "HDF5 cannot write dataset bpm:
// Input/output error".
void check(std::int64_t status, const std::string& action, const std::string& file);

// Owns `id`, which is checked.
Handle own(std::int64_t id, Handle::Close close, const std::string& action, const std::string& file);

// The library prints its errors by default; here they are thrown instead. Called before any file is opened.
void silence_library();

Handle property_list(std::int64_t kind);
Handle text_type();  // UTF-8 of variable length

// Of a data space.
Shape shape_of(std::int64_t space);

// The dataset that holds a list which no attribute can hold.
std::string list_path(const std::string& path, const std::string& name);

int close_file(std::int64_t id);
int close_dataset(std::int64_t id);
int close_space(std::int64_t id);
int close_type(std::int64_t id);
int close_attribute(std::int64_t id);

// Files in memory have a name too, which the library looks for on disk: nothing can lie below this one.
inline constexpr const char* name_in_memory = "/dev/null/in memory";

}  // namespace musicmem::data::hdf5
