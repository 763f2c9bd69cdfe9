// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "weights/pth_file.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Files of the safetensors format (github.com/huggingface/safetensors): eight bytes of header length, a
// header in JSON, and the bytes of all tensors one after the other.
namespace musicmem::weights {

// Whether a file is named or begins like one. False where it cannot be opened.
bool is_safetensors(const std::filesystem::path& path);

// Its tensors in the order of their bytes; `__metadata__` as settings; tensors of element types that are not
// in ElementType as remarks.others. Throws Error where the file is damaged or holds no tensors.
PthFile read_safetensors(const std::filesystem::path& path);

// What the header says of a tensor.
struct SafetensorsEntry {
  std::string name;
  std::string type;  // "F32"
  std::optional<ElementType> element;
  std::vector<std::int64_t> shape;
  std::uint64_t begin = 0;  // of its bytes, after the header
  std::uint64_t end = 0;
};

struct SafetensorsHeader {
  std::vector<SafetensorsEntry> entries;  // in the order of their bytes
  Settings metadata;
};

// Reads a header before `bytes` bytes of tensors. As the format wants it, the tensors must fill
// these without a gap or an overlap, each with as many bytes as its shape needs, and no name
// may be there twice. Throws Error.
SafetensorsHeader parse_safetensors_header(std::string_view header, std::uint64_t bytes,
                                           const std::string& origin);

}  // namespace musicmem::weights
