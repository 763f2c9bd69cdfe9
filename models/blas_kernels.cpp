// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/blas_kernels.h"

#include <cstdlib>
#include <filesystem>
#include <system_error>

#include <dlfcn.h>
#include <unistd.h>

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

}  // namespace

std::string blas_kernels() {
  using Name = char* (*)();
  const auto name = reinterpret_cast<Name>(::dlsym(RTLD_DEFAULT, "openblas_get_corename"));
  return name == nullptr ? "" : name();
}

void restart_with_fitting_blas(char** arguments) {
  const char* const kernels = fitting_kernels();
  if (kernels == nullptr || std::getenv(choice) != nullptr || blas_kernels() != "Prescott") return;
  std::error_code unknown;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", unknown);
  if (unknown) return;
  ::setenv(choice, kernels, 1);
  ::execv(program.c_str(), arguments);
  ::unsetenv(choice);  // it goes on slowly
}

}  // namespace musicmem::models
