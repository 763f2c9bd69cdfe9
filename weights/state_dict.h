// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace musicmem::weights {

// The element types of PyTorch that weights are stored in.
enum class ElementType { float32, float64, float16, bfloat16, int64, int32, int16, int8, uint8, boolean };

std::size_t element_size(ElementType type);
std::string to_string(ElementType type);  // PyTorch's names: "float32", "bfloat16", "bool" ...
bool is_floating(ElementType type);

// A dense row-major array; bytes.size() is the product of the shape times element_size(type).
struct Tensor {
  ElementType type = ElementType::float32;
  std::vector<std::int64_t> shape;  // empty for a scalar
  std::string bytes;                // little-endian

  std::int64_t elements() const;
  // The values as float32, rounded to nearest where the type is wider.
  std::vector<float> floats() const;
  std::vector<std::int64_t> integers() const;  // of an integer type

  static Tensor of(const std::vector<float>& values, std::vector<std::int64_t> shape);
  static Tensor of(const std::vector<std::int64_t>& values);

  bool operator==(const Tensor&) const = default;
};

std::string shape_text(const std::vector<std::int64_t>& shape);  // "[192, 1, 16, 16]"

// Named tensors in the order of the file or of the model.
struct StateDict {
  std::vector<std::pair<std::string, Tensor>> entries;
  std::string origin = "weights";  // the file they came from, for messages

  void add(std::string name, Tensor tensor) { entries.emplace_back(std::move(name), std::move(tensor)); }
  const Tensor* find(std::string_view name) const;  // null where there is none
};

}  // namespace musicmem::weights
