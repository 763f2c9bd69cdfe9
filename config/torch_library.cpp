// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/torch_library.h"

#include "config/error.h"

#include <string>

#include <dlfcn.h>

namespace musicmem {
namespace {

constexpr const char* name = "libmusicmem_torch.so";

void* open() {
  // BLAS libraries are asked for their threads by name, in all that is loaded.
  void* const library = ::dlopen(name, RTLD_NOW | RTLD_GLOBAL);
  if (library == nullptr) {
    const char* const reason = ::dlerror();
    throw Error("the part of the program that needs LibTorch cannot be opened: " +
                    std::string(reason == nullptr ? "no reason given" : reason),
                "", "install LibTorch, and keep " + std::string(name) + " where it was installed");
  }
  return library;
}

}  // namespace

void open_torch_library() {
  static void* const library = open();
  static_cast<void>(library);
}

}  // namespace musicmem
