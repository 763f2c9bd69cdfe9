// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "weights/state_dict.h"

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

// The values of a Python pickle as PyTorch writes them, protocols 2 to 4. It runs nothing: classes and
// functions are taken from a fixed list and stand for values of our own; any other is refused by name.
namespace musicmem::weights {

enum class PickleKind {
  none,
  boolean,
  integer,
  real,
  text,
  bytes,
  list,
  tuple,
  dict,
  callable,
  storage,
  tensor,
  other
};

// What a `callable` of the list does when it is called.
enum class PickleCall {
  ordered_dict,
  rebuild_tensor,
  rebuild_parameter,
  numpy_scalar,
  numpy_dtype,
  encode,
  tuple_of,     // torch.Size
  opaque,       // torch.device and such: its result is of no interest
  storage_type  // is not called but names the elements of a storage
};

struct PickleValue {
  PickleKind kind = PickleKind::none;
  std::int64_t integer = 0;  // boolean and integer; elements of a storage; offset of a tensor, in elements
  double real = 0.0;
  std::string text;                       // text, bytes; key of a storage; numpy's name of a dtype
  std::vector<const PickleValue*> items;  // list, tuple; dict: key and value in turn; tensor: its storage
  std::vector<std::int64_t> shape;        // tensor
  std::vector<std::int64_t> strides;      // tensor, in elements
  PickleCall call = PickleCall::opaque;
  ElementType element = ElementType::float32;  // storage, storage type

  // The value under a text key of a dict; the last where it is there twice; null where there is none.
  const PickleValue* find(std::string_view key) const;
};

// Owns all values, which may refer to each other in circles.
class PickleDocument {
 public:
  const PickleValue& root() const { return *root_; }

 private:
  friend class Unpickler;
  std::deque<PickleValue> values_;
  const PickleValue* root_ = nullptr;
};

// Throws Error, with `origin`, for a pickle that is cut off, malformed, of another protocol, or that needs a
// class or an operation that is not on the list. Memory is bounded by a multiple of the size of `bytes`.
PickleDocument unpickle(std::string_view bytes, const std::string& origin);

}  // namespace musicmem::weights
