// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/ssast/training/device.h"

#include "config/error.h"
#include "data/files/process.h"
#include "distributed/error.h"

#include <algorithm>
#include <string>

#include <ATen/ATen.h>
#include <ATen/autocast_mode.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <c10/util/Exception.h>
#include <torch/version.h>

namespace musicmem::models {
namespace {

void set_autocast(bool enabled) {
#if TORCH_VERSION_MAJOR >= 2
  at::autocast::set_autocast_dtype(at::kCUDA, at::kBFloat16);
  at::autocast::set_autocast_enabled(at::kCUDA, enabled);
#else
  at::autocast::set_autocast_gpu_dtype(at::kBFloat16);
  at::autocast::set_enabled(enabled);
#endif
}

}  // namespace

at::Device device_of(const FitHardware& hardware) {
  return hardware.gpu < 0 ? at::Device(at::kCPU)
                          : at::Device(at::kCUDA, static_cast<c10::DeviceIndex>(hardware.gpu));
}

void prepare(const FitHardware& hardware) {
  const int gpu = hardware.gpu;
  if (gpu < 0) return;
  if (!at::hasCUDA()) {
    throw Error("this LibTorch has no CUDA, GPU " + std::to_string(gpu) + " cannot be used", "",
                "build with the preset cuda");
  }
  at::globalContext().setAllowTF32CuBLAS(hardware.tf32);
  at::globalContext().setAllowTF32CuDNN(hardware.tf32);
  at::globalContext().setDeterministicCuDNN(hardware.deterministic);
  at::globalContext().setBenchmarkCuDNN(false);
  // Without a mere warning: only then does attention take its deterministic backward pass.
  at::globalContext().setDeterministicAlgorithms(hardware.deterministic, /*warn_only=*/false);
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 2)
  at::globalContext().setDeterministicFillUninitializedMemory(false);
#endif
  const c10::impl::VirtualGuardImpl guard(at::kCUDA);
  if (gpu >= guard.deviceCount()) {
    throw Error(
        "there is no GPU " + std::to_string(gpu) + ", LibTorch sees " + std::to_string(guard.deviceCount()),
        "", "check CUDA_VISIBLE_DEVICES and how many GPUs the job was given");
  }
  guard.setDevice(device_of(hardware));
}

at::Tensor on_device(const float* values, at::IntArrayRef shape, const FitHardware& hardware) {
  const at::Tensor here = at::from_blob(const_cast<float*>(values), shape, at::kFloat);
  if (hardware.gpu < 0) return here.clone();
  return here.pin_memory().to(device_of(hardware), /*non_blocking=*/true);
}

void* compute_stream(const FitHardware& hardware) {
#if TORCH_VERSION_MAJOR >= 2
  return c10::impl::VirtualGuardImpl(at::kCUDA).getStream(device_of(hardware)).native_handle();
#else
  static_cast<void>(hardware);
  return nullptr;  // the default stream, on which this LibTorch computes unless it is told otherwise
#endif
}

Autocast::Autocast(const FitHardware& hardware) : active_(hardware.autocasts()) {
  if (!active_) return;
  at::autocast::increment_nesting();
  set_autocast(true);
}

Autocast::~Autocast() {
  if (!active_) return;
  set_autocast(false);
  if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
}

void require_working_gpu(const FitHardware& hardware, int rank) {
  if (hardware.gpu < 0 || !at::hasCUDA()) return;
  const c10::impl::VirtualGuardImpl guard(at::kCUDA);
  if (hardware.gpu >= guard.deviceCount()) return;
  try {
    static_cast<void>(at::ones({1}, at::device(device_of(hardware))).item<float>());
  } catch (const c10::OutOfMemoryError&) {  // is no defect
  } catch (const c10::Error& error) {
    const std::string text = error.what_without_backtrace();
    throw distributed::CommunicationError("GPU " + std::to_string(hardware.gpu) + " of " + data::host_name() +
                                              " computes nothing more for this process",
                                          rank, distributed::CommunicationError::every_rank,
                                          text.substr(0, text.find('\n')));
  }
}

void rethrow_with_memory_advice(std::size_t rows) {
  try {
    throw;
  } catch (const c10::OutOfMemoryError&) {
    const std::size_t half = std::max<std::size_t>(1, rows / 2);
    throw Error("the GPU's memory does not hold " + std::to_string(rows) + " rows at once", "",
                "set accumulate twice as high, so that " + std::to_string(half) +
                    " rows are computed at a time; the results stay the same to rounding");
  }
}

}  // namespace musicmem::models
