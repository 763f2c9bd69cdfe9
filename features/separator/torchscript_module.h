// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <exception>
#include <filesystem>
#include <string>

#include <torch/script.h>

// What separators and encoders exported as TorchScript have in common.
namespace musicmem::features {

// What was wrong, in one line: LibTorch's messages go on for pages.
std::string brief(const std::exception& error);

std::string shape_text(c10::IntArrayRef sizes);

// A GPU where LibTorch sees one, else the CPU. Products are not rounded to tf32, whatever training does: features are
// those of the CPU to float's rounding.
torch::Device choose_device(int gpu);

// Throws Error where the file, a `what` that `setting` names, is missing or no module.
torch::jit::Module load_module(const std::filesystem::path& path, const std::string& what,
                               const std::string& setting, torch::Device device);

}  // namespace musicmem::features
