// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/separator/torchscript_module.h"

#include "config/error.h"
#include "data/files/placeholder.h"

#include <fmt/ranges.h>
#include <torch/cuda.h>

namespace musicmem::features {

// Of its own errors the first line says what was wrong, of a running module's the last.
std::string brief(const std::exception& error) {
  if (const auto* own = dynamic_cast<const c10::Error*>(&error)) {
    const std::string text = own->what_without_backtrace();
    if (!text.starts_with("The following operation failed")) return text.substr(0, text.find('\n'));
  }
  std::string text = error.what();
  text.erase(text.find_last_not_of("\n ") + 1);
  return text.substr(text.rfind('\n') + 1);
}

std::string shape_text(c10::IntArrayRef sizes) {
  return fmt::format("[{}]", fmt::join(sizes, ", "));
}

torch::Device choose_device(int gpu) {
  if (gpu < 0 || torch::cuda::device_count() == 0) return torch::Device(torch::kCPU);
  at::globalContext().setAllowTF32CuBLAS(false);
  at::globalContext().setAllowTF32CuDNN(false);
  return torch::Device(torch::kCUDA, static_cast<c10::DeviceIndex>(gpu));
}

torch::jit::Module load_module(const std::filesystem::path& path, const std::string& what,
                               const std::string& setting, torch::Device device) {
  if (!std::filesystem::is_regular_file(path))
    throw Error("there is no such " + what + " file", path.string(), "set " + setting);
  data::refuse_placeholder(path);
  try {
    torch::jit::Module module = torch::jit::load(path.string(), device);
    module.eval();
    return module;
  } catch (const std::exception& error) {
    throw Error("is not a TorchScript module that LibTorch can load: " + brief(error), path.string(),
                "export the " + what + " with torch.jit.script or torch.jit.trace and save()");
  }
}

}  // namespace musicmem::features
