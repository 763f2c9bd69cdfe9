// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/machine/blas_kernels.h"

#include <cstdlib>

#include <dlfcn.h>

namespace musicmem::models {
namespace {

constexpr const char* choice = "OPENBLAS_CORETYPE";

// By OpenBLAS's names; null where this processor is as old as the kernels.
const char* fitting_kernels() {
#ifdef __x86_64__
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")) {
    return "SKYLAKEX";
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return "HASWELL";
#endif
  return nullptr;
}

std::string kernels_of(void* library) {
  using Name = char* (*)();
  const auto name = reinterpret_cast<Name>(::dlsym(library, "openblas_get_corename"));
  return name == nullptr ? "" : name();
}

}  // namespace

std::string blas_kernels() {
  return kernels_of(RTLD_DEFAULT);
}

bool settle_blas_kernels() {
  const char* const kernels = fitting_kernels();
  if (kernels == nullptr || std::getenv(choice) != nullptr) return false;
  void* const library = ::dlopen("libblas.so.3", RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return false;  // LibTorch brings its own
  const std::string taken = kernels_of(library);
  ::dlclose(library);
  return taken == "Prescott" && ::setenv(choice, kernels, 1) == 0;
}

}  // namespace musicmem::models
