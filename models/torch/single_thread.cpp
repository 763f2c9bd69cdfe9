// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/torch/single_thread.h"

#include <ATen/Parallel.h>
#include <dlfcn.h>

namespace musicmem::models {
namespace {

// LibTorch brings a BLAS library of its own choice; its thread count can only be asked for by name.
int openblas_threads() {
  using Get = int (*)();
  const auto get = reinterpret_cast<Get>(dlsym(RTLD_DEFAULT, "openblas_get_num_threads"));
  return get ? get() : 0;
}

void set_openblas_threads(int threads) {
  using Set = void (*)(int);
  const auto set = reinterpret_cast<Set>(dlsym(RTLD_DEFAULT, "openblas_set_num_threads"));
  if (set && threads > 0) set(threads);
}

}  // namespace

BatchThreads::BatchThreads(int threads)
    : torch_threads_(at::get_num_threads()), blas_threads_(openblas_threads()) {
  if (torch_threads_ != threads) at::set_num_threads(threads);
  if (blas_threads_ > 1) set_openblas_threads(1);
}

std::shared_ptr<const void> hold_batch_threads(int threads) {
  return std::make_shared<const BatchThreads>(threads);
}

BatchThreads::~BatchThreads() {
  if (torch_threads_ != at::get_num_threads()) at::set_num_threads(torch_threads_);
  if (blas_threads_ > 1) set_openblas_threads(blas_threads_);
}

}  // namespace musicmem::models
