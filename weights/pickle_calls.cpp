// SPDX-License-Identifier: GPL-3.0-or-later
#include "weights/pickle_calls.h"

#include "config/error.h"

#include <array>
#include <cstring>
#include <optional>
#include <string_view>

namespace musicmem::weights {
namespace {

using Arguments = std::vector<const PickleValue*>;

struct AllowedCall {
  std::string_view name;  // module and name
  PickleCall call;
  ElementType element = ElementType::float32;
};

constexpr std::array allowed_calls = {
    AllowedCall{"collections.OrderedDict", PickleCall::ordered_dict},
    AllowedCall{"torch._utils._rebuild_tensor_v2", PickleCall::rebuild_tensor},
    AllowedCall{"torch._utils._rebuild_tensor", PickleCall::rebuild_tensor},
    AllowedCall{"torch._utils._rebuild_parameter", PickleCall::rebuild_parameter},
    AllowedCall{"torch._utils._rebuild_parameter_with_state", PickleCall::rebuild_parameter},
    AllowedCall{"torch.FloatStorage", PickleCall::storage_type, ElementType::float32},
    AllowedCall{"torch.DoubleStorage", PickleCall::storage_type, ElementType::float64},
    AllowedCall{"torch.HalfStorage", PickleCall::storage_type, ElementType::float16},
    AllowedCall{"torch.BFloat16Storage", PickleCall::storage_type, ElementType::bfloat16},
    AllowedCall{"torch.LongStorage", PickleCall::storage_type, ElementType::int64},
    AllowedCall{"torch.IntStorage", PickleCall::storage_type, ElementType::int32},
    AllowedCall{"torch.ShortStorage", PickleCall::storage_type, ElementType::int16},
    AllowedCall{"torch.CharStorage", PickleCall::storage_type, ElementType::int8},
    AllowedCall{"torch.ByteStorage", PickleCall::storage_type, ElementType::uint8},
    AllowedCall{"torch.BoolStorage", PickleCall::storage_type, ElementType::boolean},
    AllowedCall{"torch.storage.UntypedStorage", PickleCall::storage_type, ElementType::uint8},
    AllowedCall{"torch.cuda.FloatStorage", PickleCall::storage_type, ElementType::float32},
    AllowedCall{"torch.cuda.DoubleStorage", PickleCall::storage_type, ElementType::float64},
    AllowedCall{"torch.cuda.HalfStorage", PickleCall::storage_type, ElementType::float16},
    AllowedCall{"torch.cuda.BFloat16Storage", PickleCall::storage_type, ElementType::bfloat16},
    AllowedCall{"torch.cuda.LongStorage", PickleCall::storage_type, ElementType::int64},
    AllowedCall{"torch.cuda.IntStorage", PickleCall::storage_type, ElementType::int32},
    AllowedCall{"torch.Size", PickleCall::tuple_of},
    AllowedCall{"torch.device", PickleCall::opaque},
    AllowedCall{"torch.float32", PickleCall::opaque},
    AllowedCall{"torch.float64", PickleCall::opaque},
    AllowedCall{"torch.float16", PickleCall::opaque},
    AllowedCall{"torch.bfloat16", PickleCall::opaque},
    AllowedCall{"torch.int64", PickleCall::opaque},
    AllowedCall{"torch.int32", PickleCall::opaque},
    AllowedCall{"torch.bool", PickleCall::opaque},
    AllowedCall{"numpy.core.multiarray.scalar", PickleCall::numpy_scalar},
    AllowedCall{"numpy._core.multiarray.scalar", PickleCall::numpy_scalar},
    AllowedCall{"numpy.dtype", PickleCall::numpy_dtype},
    AllowedCall{"_codecs.encode", PickleCall::encode},
};

bool is_integer(const PickleValue& value) {
  return value.kind == PickleKind::integer || value.kind == PickleKind::boolean;
}

// A tuple of whole numbers that are not negative; empty where it is none.
std::optional<std::vector<std::int64_t>> extents(const PickleValue& value) {
  if (value.kind != PickleKind::tuple && value.kind != PickleKind::list) return std::nullopt;
  std::vector<std::int64_t> numbers;
  for (const PickleValue* item : value.items) {
    if (!is_integer(*item) || item->integer < 0) return std::nullopt;
    numbers.push_back(item->integer);
  }
  return numbers;
}

// (storage, offset, size, stride, ...)
bool rebuild_tensor(PickleValue& result, const Arguments& arguments) {
  if (arguments.size() < 4 || arguments[0]->kind != PickleKind::storage || !is_integer(*arguments[1]) ||
      arguments[1]->integer < 0) {
    return false;
  }
  const auto shape = extents(*arguments[2]);
  const auto strides = extents(*arguments[3]);
  if (!shape || !strides || shape->size() != strides->size()) return false;
  result.kind = PickleKind::tensor;
  result.integer = arguments[1]->integer;
  result.items = {arguments[0]};
  result.shape = *shape;
  result.strides = *strides;
  return true;
}

template <class T>
T raw(const std::string& bytes) {
  T value;
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

// scalar(dtype, bytes), little-endian.
bool numpy_scalar(PickleValue& result, const Arguments& arguments) {
  if (arguments.size() != 2 || arguments[1]->kind != PickleKind::bytes) return false;
  const std::string& type = arguments[0]->text;
  const std::string& bytes = arguments[1]->text;
  const auto real = [&](double value) {
    result.kind = PickleKind::real;
    result.real = value;
    return true;
  };
  const auto integer = [&](std::int64_t value) {
    result.kind = PickleKind::integer;
    result.integer = value;
    return true;
  };
  if (type == "f8" && bytes.size() == 8) return real(raw<double>(bytes));
  if (type == "f4" && bytes.size() == 4) return real(raw<float>(bytes));
  if (type == "i8" && bytes.size() == 8) return integer(raw<std::int64_t>(bytes));
  if (type == "i4" && bytes.size() == 4) return integer(raw<std::int32_t>(bytes));
  if (type == "u1" && bytes.size() == 1) return integer(raw<std::uint8_t>(bytes));
  if (type == "b1" && bytes.size() == 1) return integer(raw<std::uint8_t>(bytes));
  result.kind = PickleKind::other;
  return true;
}

// dtype('f8', ...)
bool numpy_dtype(PickleValue& result, const Arguments& arguments) {
  if (arguments.empty() || arguments[0]->kind != PickleKind::text) return false;
  result.text = arguments[0]->text;
  return true;
}

// encode(text, 'latin1'): how protocol 2 writes bytes. Code points up to 255, in UTF-8.
bool encode(PickleValue& result, const Arguments& arguments) {
  if (arguments.empty() || arguments[0]->kind != PickleKind::text) return false;
  const std::string& text = arguments[0]->text;
  result.kind = PickleKind::bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto lead = static_cast<unsigned char>(text[i]);
    if (lead < 0x80) {
      result.text += static_cast<char>(lead);
      continue;
    }
    if ((lead != 0xC2 && lead != 0xC3) || i + 1 == text.size()) return false;
    const auto next = static_cast<unsigned char>(text[++i]);
    result.text += static_cast<char>((lead & 0x03U) << 6 | (next & 0x3FU));
  }
  return true;
}

// OrderedDict() or OrderedDict([(key, value), ...]).
bool ordered_dict(PickleValue& result, const Arguments& arguments) {
  result.kind = PickleKind::dict;
  if (arguments.empty()) return true;
  if (arguments.size() != 1 || arguments[0]->kind != PickleKind::list) return false;
  for (const PickleValue* pair : arguments[0]->items) {
    if (pair->items.size() != 2 || (pair->kind != PickleKind::tuple && pair->kind != PickleKind::list))
      return false;
    result.items.insert(result.items.end(), pair->items.begin(), pair->items.end());
  }
  return true;
}

}  // namespace

void name_callable(PickleValue& callable, const std::string& module, const std::string& name,
                   const std::string& origin) {
  callable.text = module + "." + name;
  for (const AllowedCall& allowed : allowed_calls) {
    if (allowed.name != callable.text) continue;
    callable.call = allowed.call;
    callable.element = allowed.element;
    return;
  }
  throw Error("it names the Python class or function '" + callable.text + "', which weights never need",
              origin, "save only the tensors: torch.save(model.state_dict(), FILE)");
}

bool call_pickled(PickleValue& result, const PickleValue& callable, const Arguments& arguments) {
  switch (callable.call) {
    case PickleCall::ordered_dict:
      return ordered_dict(result, arguments);
    case PickleCall::rebuild_tensor:
      return rebuild_tensor(result, arguments);
    case PickleCall::rebuild_parameter:
      if (arguments.empty() || arguments[0]->kind != PickleKind::tensor) return false;
      result = *arguments[0];
      return true;
    case PickleCall::numpy_scalar:
      return numpy_scalar(result, arguments);
    case PickleCall::numpy_dtype:
      return numpy_dtype(result, arguments);
    case PickleCall::encode:
      return encode(result, arguments);
    case PickleCall::tuple_of:
      if (arguments.size() != 1) return false;
      result = *arguments[0];
      return true;
    case PickleCall::opaque:
      return true;
    case PickleCall::storage_type:
      return false;
  }
  return false;
}

bool describe_storage(PickleValue& storage, const PickleValue& id) {
  if (id.kind != PickleKind::tuple || id.items.size() < 5) return false;
  const PickleValue& type = *id.items[1];
  const PickleValue& key = *id.items[2];
  const PickleValue& elements = *id.items[4];
  if (id.items[0]->text != "storage" || type.kind != PickleKind::callable ||
      type.call != PickleCall::storage_type || key.kind != PickleKind::text || !is_integer(elements) ||
      elements.integer < 0) {
    return false;
  }
  storage.element = type.element;
  storage.text = key.text;
  storage.integer = elements.integer;
  return true;
}

bool accepts_state(PickleValue& target, const PickleValue& state) {
  if (target.kind == PickleKind::dict || target.kind == PickleKind::tensor) return true;
  if (target.kind != PickleKind::other) return false;
  // numpy's dtype: (version, byte order, ...)
  if (state.kind == PickleKind::tuple && state.items.size() > 1 && state.items[1]->text == ">")
    target.text.clear();
  return true;
}

}  // namespace musicmem::weights
