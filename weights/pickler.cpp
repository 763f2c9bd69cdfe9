// SPDX-License-Identifier: GPL-3.0-or-later
#include "weights/pickler.h"

#include <bit>
#include <cstring>

namespace musicmem::weights {
namespace {

template <class T>
void append_raw(std::string& bytes, T value) {
  char raw[sizeof value];
  std::memcpy(raw, &value, sizeof value);
  bytes.append(raw, sizeof raw);
}

const char* storage_name(ElementType type) {
  switch (type) {
    case ElementType::float32:
      return "FloatStorage";
    case ElementType::float64:
      return "DoubleStorage";
    case ElementType::float16:
      return "HalfStorage";
    case ElementType::bfloat16:
      return "BFloat16Storage";
    case ElementType::int64:
      return "LongStorage";
    case ElementType::int32:
      return "IntStorage";
    case ElementType::int16:
      return "ShortStorage";
    case ElementType::int8:
      return "CharStorage";
    case ElementType::uint8:
      return "ByteStorage";
    case ElementType::boolean:
      return "BoolStorage";
  }
  return "";
}

std::vector<std::int64_t> dense_strides(const std::vector<std::int64_t>& shape) {
  std::vector<std::int64_t> strides(shape.size(), 1);
  for (std::size_t i = shape.size(); i-- > 1;) strides[i - 1] = strides[i] * shape[i];
  return strides;
}

}  // namespace

Pickler::Pickler() : bytes_("\x80\x02") {}

void Pickler::text(const std::string& value) {
  bytes_ += 'X';
  append_raw(bytes_, static_cast<std::uint32_t>(value.size()));
  bytes_ += value;
}

void Pickler::integer(std::int64_t value) {
  bytes_ += "\x8a\x08";
  append_raw(bytes_, value);
}

void Pickler::real(double value) {
  bytes_ += 'G';
  const auto bits = std::bit_cast<std::uint64_t>(value);
  for (int shift = 56; shift >= 0; shift -= 8) bytes_ += static_cast<char>(bits >> shift & 0xFFU);
}

void Pickler::begin_dict() {
  bytes_ += "}(";
}

void Pickler::begin_ordered_dict() {
  bytes_ += "ccollections\nOrderedDict\n)R(";
}

void Pickler::end_dict() {
  bytes_ += 'u';
}

void Pickler::extents(const std::vector<std::int64_t>& values) {
  bytes_ += '(';
  for (const std::int64_t value : values) integer(value);
  bytes_ += 't';
}

void Pickler::tensor(const Tensor& value) {
  bytes_ += "ctorch._utils\n_rebuild_tensor_v2\n((";
  text("storage");
  bytes_ += std::string("ctorch\n") + storage_name(value.type) + "\n";
  text(std::to_string(tensors_.size()));
  text("cpu");
  integer(value.elements());
  bytes_ += "tQ";
  integer(0);
  extents(value.shape);
  extents(dense_strides(value.shape));
  bytes_ += "\x89";                           // takes no gradient
  bytes_ += "ccollections\nOrderedDict\n)R";  // and has no hooks
  bytes_ += "tR";
  tensors_.push_back(&value);
}

std::string Pickler::finish() {
  bytes_ += '.';
  return std::move(bytes_);
}

}  // namespace musicmem::weights
