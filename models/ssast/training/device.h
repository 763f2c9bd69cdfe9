// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/protocol/fit_run.h"

#include <cstddef>

#include <ATen/core/Tensor.h>

namespace musicmem::models {

at::Device device_of(const FitHardware& hardware);

// Makes the GPU the current one of the calling thread and sets LibTorch's switches. Throws Error where there
// is no such GPU. Nothing to do for a CPU.
void prepare(const FitHardware& hardware);

// After a failure: throws CommunicationError, which ends the job, where the GPU answers every call with an
// error from now on, so that every later fit of this process would fail as well. `rank` is for the error.
void require_working_gpu(const FitHardware& hardware, int rank);

// A copy of the values as a tensor of that shape on the device; for a GPU from pinned memory, while the
// caller goes on.
at::Tensor on_device(const float* values, at::IntArrayRef shape, const FitHardware& hardware);

// The CUDA stream (cudaStream_t) that this thread computes on.
void* compute_stream(const FitHardware& hardware);

// While it lives, matrix products of this thread are computed in bfloat16 where the device does so.
class Autocast {
 public:
  explicit Autocast(const FitHardware& hardware);
  ~Autocast();
  Autocast(const Autocast&) = delete;
  Autocast& operator=(const Autocast&) = delete;

 private:
  bool active_;
};

// The current exception as Error with advice, where the GPU's memory did not suffice for `rows` rows at once;
// otherwise throws it on.
[[noreturn]] void rethrow_with_memory_advice(std::size_t rows);

}  // namespace musicmem::models
