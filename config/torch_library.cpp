// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/torch_library.h"

#include "config/error.h"

#include <string>

#include <dlfcn.h>

namespace musicmem {
namespace {

constexpr const char* name = "libmusicmem_torch.so";

// Of another version it would lack functions, or take other arguments.
void require_own_version(void* library) {
  const auto version = reinterpret_cast<const char* (*)()>(::dlsym(library, torch_library_version));
  const std::string found =
      version == nullptr ? "of another version" : "of version " + std::string(version());
  if (found == "of version " MUSICMEM_VERSION) return;
  throw Error(
      "the part of the program that needs LibTorch is " + found + ", the program of " MUSICMEM_VERSION, name,
      "install both from one build");
}

void* open() {
  // BLAS libraries are asked for their threads by name, in all that is loaded.
  void* const library = ::dlopen(name, RTLD_NOW | RTLD_GLOBAL);
  if (library == nullptr) {
    const char* const reason = ::dlerror();
    throw Error("the part of the program that needs LibTorch cannot be opened: " +
                    std::string(reason == nullptr ? "no reason given" : reason),
                "", "install LibTorch, and keep " + std::string(name) + " where it was installed");
  }
  require_own_version(library);
  return library;
}

}  // namespace

void open_torch_library() {
  static void* const library = open();
  static_cast<void>(library);
}

}  // namespace musicmem
