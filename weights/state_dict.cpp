// SPDX-License-Identifier: GPL-3.0-or-later
#include "weights/state_dict.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cmath>
#include <cstring>

static_assert(std::endian::native == std::endian::little,
              "weights are read and written as little-endian numbers");

namespace musicmem::weights {
namespace {

struct TypeTraits {
  ElementType type;
  std::size_t size;
  const char* name;
  bool floating;
};

constexpr std::array<TypeTraits, 10> types = {{{ElementType::float32, 4, "float32", true},
                                               {ElementType::float64, 8, "float64", true},
                                               {ElementType::float16, 2, "float16", true},
                                               {ElementType::bfloat16, 2, "bfloat16", true},
                                               {ElementType::int64, 8, "int64", false},
                                               {ElementType::int32, 4, "int32", false},
                                               {ElementType::int16, 2, "int16", false},
                                               {ElementType::int8, 1, "int8", false},
                                               {ElementType::uint8, 1, "uint8", false},
                                               {ElementType::boolean, 1, "bool", false}}};

const TypeTraits& traits(ElementType type) {
  const TypeTraits& found = types[static_cast<std::size_t>(type)];
  assert(found.type == type);
  return found;
}

// IEEE 754 binary16: sign, 5 bits of exponent (bias 15), 10 of fraction.
float from_half(std::uint16_t bits) {
  const float sign = (bits & 0x8000U) != 0 ? -1.0F : 1.0F;
  const int exponent = (bits >> 10) & 0x1F;
  const int fraction = bits & 0x3FF;
  if (exponent == 0x1F) return fraction == 0 ? sign * INFINITY : NAN;
  if (exponent == 0) return sign * std::ldexp(static_cast<float>(fraction), -24);
  return sign * std::ldexp(static_cast<float>(fraction + 1024), exponent - 25);
}

float from_bfloat16(std::uint16_t bits) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

// Every element, read as From, through `convert`.
template <class From, class To, class Convert>
std::vector<To> converted(const Tensor& tensor, const Convert& convert) {
  std::vector<To> values(tensor.bytes.size() / sizeof(From));
  for (std::size_t i = 0; i < values.size(); ++i) {
    From raw;
    std::memcpy(&raw, tensor.bytes.data() + i * sizeof(From), sizeof(From));
    values[i] = convert(raw);
  }
  return values;
}

template <class To>
std::vector<To> numbers(const Tensor& tensor) {
  const auto cast = [](auto raw) { return static_cast<To>(raw); };
  switch (tensor.type) {
    case ElementType::float32:
      return converted<float, To>(tensor, cast);
    case ElementType::float64:
      return converted<double, To>(tensor, cast);
    case ElementType::float16:
      return converted<std::uint16_t, To>(tensor, [](auto raw) { return static_cast<To>(from_half(raw)); });
    case ElementType::bfloat16:
      return converted<std::uint16_t, To>(tensor,
                                          [](auto raw) { return static_cast<To>(from_bfloat16(raw)); });
    case ElementType::int64:
      return converted<std::int64_t, To>(tensor, cast);
    case ElementType::int32:
      return converted<std::int32_t, To>(tensor, cast);
    case ElementType::int16:
      return converted<std::int16_t, To>(tensor, cast);
    case ElementType::int8:
      return converted<std::int8_t, To>(tensor, cast);
    case ElementType::uint8:
    case ElementType::boolean:
      return converted<std::uint8_t, To>(tensor, cast);
  }
  return {};
}

template <class T>
std::string raw_bytes(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

}  // namespace

std::size_t element_size(ElementType type) {
  return traits(type).size;
}

std::string to_string(ElementType type) {
  return traits(type).name;
}

bool is_floating(ElementType type) {
  return traits(type).floating;
}

std::int64_t Tensor::elements() const {
  return static_cast<std::int64_t>(bytes.size() / element_size(type));
}

std::vector<float> Tensor::floats() const {
  return numbers<float>(*this);
}

std::vector<std::int64_t> Tensor::integers() const {
  assert(!is_floating(type));
  return numbers<std::int64_t>(*this);
}

Tensor Tensor::of(const std::vector<float>& values, std::vector<std::int64_t> shape) {
  return {ElementType::float32, std::move(shape), raw_bytes(values)};
}

Tensor Tensor::of(const std::vector<std::int64_t>& values) {
  return {ElementType::int64, {static_cast<std::int64_t>(values.size())}, raw_bytes(values)};
}

std::string shape_text(const std::vector<std::int64_t>& shape) {
  std::string text = "[";
  for (const std::int64_t extent : shape) text += (text.size() > 1 ? ", " : "") + std::to_string(extent);
  return text + "]";
}

const Tensor* StateDict::find(std::string_view name) const {
  const auto found =
      std::find_if(entries.begin(), entries.end(), [name](const auto& entry) { return entry.first == name; });
  return found == entries.end() ? nullptr : &found->second;
}

}  // namespace musicmem::weights
