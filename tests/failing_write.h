// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cerrno>
#include <cstddef>

#include <dlfcn.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

// One write of this process that fails, as on a bad disk. Include it in one source file of a program: it
// defines the calls with which HDF5 and our own files write.
namespace musicmem {

// While it lives, the `at`-th write from now on, counted from 1, fails with `error`.
class FailingWrite {
 public:
  FailingWrite(int at, int error) {
    left_ = at;
    error_ = error;
  }
  ~FailingWrite() { left_ = 0; }
  FailingWrite(const FailingWrite&) = delete;
  FailingWrite& operator=(const FailingWrite&) = delete;

  // There were not so many writes.
  bool never_came() const { return left_ > 0; }

  // Sets errno and gives true where it is this write's turn.
  static bool now() {
    if (left_ <= 0 || --left_ > 0) return false;
    errno = error_;
    return true;
  }

 private:
  inline static int left_ = 0;
  inline static int error_ = 0;
};

// The next definition of a call: the system's.
template <typename Call>
Call* system_call(const char* name) {
  return reinterpret_cast<Call*>(::dlsym(RTLD_NEXT, name));
}

}  // namespace musicmem

extern "C" {

ssize_t write(int file, const void* bytes, size_t size) {
  static const auto real = musicmem::system_call<ssize_t(int, const void*, size_t)>("write");
  return musicmem::FailingWrite::now() ? -1 : real(file, bytes, size);
}

ssize_t pwrite(int file, const void* bytes, size_t size, off_t offset) {
  static const auto real = musicmem::system_call<ssize_t(int, const void*, size_t, off_t)>("pwrite");
  return musicmem::FailingWrite::now() ? -1 : real(file, bytes, size, offset);
}

ssize_t pwrite64(int file, const void* bytes, size_t size, off64_t offset) {
  static const auto real = musicmem::system_call<ssize_t(int, const void*, size_t, off64_t)>("pwrite64");
  return musicmem::FailingWrite::now() ? -1 : real(file, bytes, size, offset);
}

}  // extern "C"
