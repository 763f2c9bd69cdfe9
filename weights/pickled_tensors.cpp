// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/error.h"
#include "weights/pth_file.h"
#include "weights/unpickler.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <map>
#include <optional>
#include <utility>

namespace musicmem::weights {
namespace {

// a * b, empty where it does not fit.
std::optional<std::uint64_t> product(std::uint64_t a, std::uint64_t b) {
  std::uint64_t result = 0;
  if (__builtin_mul_overflow(a, b, &result)) return std::nullopt;
  return result;
}

std::optional<std::uint64_t> sum(std::optional<std::uint64_t> a, std::optional<std::uint64_t> b) {
  std::uint64_t result = 0;
  if (!a || !b || __builtin_add_overflow(*a, *b, &result)) return std::nullopt;
  return result;
}

// A tensor of the pickle whose numbers hold together.
struct View {
  const PickleValue* value = nullptr;
  std::uint64_t bytes = 0;    // of the dense tensor
  std::uint64_t reaches = 0;  // elements of the storage that it needs
};

[[noreturn]] void fail(const std::string& name, const std::string& problem, const std::string& origin) {
  throw Error("tensor '" + name + "' " + problem, origin, "fetch or save the file again");
}

View checked_view(const std::string& name, const PickleValue& value, const std::string& origin) {
  const PickleValue& storage = *value.items.front();
  std::optional<std::uint64_t> elements = 1;
  std::optional<std::uint64_t> last = static_cast<std::uint64_t>(value.integer);
  for (std::size_t i = 0; i < value.shape.size(); ++i) {
    const auto extent = static_cast<std::uint64_t>(value.shape[i]);
    if (elements) elements = product(*elements, extent);
    if (extent > 0) last = sum(last, product(extent - 1, static_cast<std::uint64_t>(value.strides[i])));
  }
  const std::optional<std::uint64_t> bytes =
      elements ? product(*elements, element_size(storage.element)) : std::nullopt;
  if (!bytes || !last)
    fail(name, "of shape " + shape_text(value.shape) + " is larger than any memory", origin);
  const std::uint64_t reaches = *elements == 0 ? 0 : *last + 1;
  if (reaches > static_cast<std::uint64_t>(storage.integer)) {
    fail(name,
         "of shape " + shape_text(value.shape) + " reaches beyond its storage of " +
             std::to_string(storage.integer) + " elements",
         origin);
  }
  return {&value, *bytes, reaches};
}

// Copies a view of a storage, row by row, into a dense array.
std::string dense(const PickleValue& value, const std::string& storage, std::uint64_t bytes) {
  const std::size_t size = element_size(value.items.front()->element);
  std::string result(bytes, '\0');
  if (bytes == 0) return result;
  std::vector<std::int64_t> index(value.shape.size(), 0);
  const std::int64_t row = value.shape.empty() ? 1 : value.shape.back();
  const std::int64_t step = value.shape.empty() ? 1 : value.strides.back();
  char* out = result.data();
  for (char* const end = out + bytes; out != end;) {
    std::int64_t offset = value.integer;
    for (std::size_t i = 0; i + 1 < index.size(); ++i) offset += index[i] * value.strides[i];
    const char* in = storage.data() + static_cast<std::size_t>(offset) * size;
    if (step == 1) {
      std::memcpy(out, in, static_cast<std::size_t>(row) * size);
    } else {
      for (std::int64_t j = 0; j < row; ++j) {
        std::memcpy(out + static_cast<std::size_t>(j) * size, in + static_cast<std::size_t>(j * step) * size,
                    size);
      }
    }
    out += static_cast<std::size_t>(row) * size;
    for (std::size_t i = index.size(); i-- > 1;) {
      if (++index[i - 1] < value.shape[i - 1]) break;
      index[i - 1] = 0;
    }
  }
  return result;
}

// Bytes that the pickle says a storage has.
std::uint64_t largest_storage(const std::vector<std::pair<std::size_t, View>>& views) {
  std::uint64_t largest = 0;
  for (const auto& [place, view] : views) {
    const PickleValue& storage = *view.value->items.front();
    const auto bytes = product(static_cast<std::uint64_t>(storage.integer), element_size(storage.element));
    largest = std::max(largest, bytes.value_or(std::numeric_limits<std::uint64_t>::max()));
  }
  return largest;
}

// Plain and numpy's numbers as scalars.
std::optional<Tensor> scalar_of(const PickleValue& value) {
  if (value.kind == PickleKind::real) {
    std::string bytes(sizeof value.real, '\0');
    std::memcpy(bytes.data(), &value.real, sizeof value.real);
    return Tensor{ElementType::float64, {}, bytes};
  }
  if (value.kind == PickleKind::integer) {
    Tensor tensor = Tensor::of(std::vector<std::int64_t>{value.integer});
    tensor.shape.clear();
    return tensor;
  }
  return std::nullopt;
}

}  // namespace

StateDict tensors_of(const PickleValue& dict, const StorageReader& read_storage, std::uint64_t largest_total,
                     const std::string& origin, std::vector<std::string>& others) {
  StateDict state;
  state.origin = origin;
  std::map<std::string, std::size_t> places;  // by name; a later one replaces it
  std::map<std::string, std::vector<std::pair<std::size_t, View>>> storages;  // by key: each is read once
  std::uint64_t total = 0;
  for (std::size_t i = 0; i + 1 < dict.items.size(); i += 2) {
    const std::string& name = dict.items[i]->text;
    const PickleValue& value = *dict.items[i + 1];
    const bool named = dict.items[i]->kind == PickleKind::text;
    std::optional<Tensor> tensor = scalar_of(value);
    if (!named || (value.kind != PickleKind::tensor && !tensor)) {
      others.push_back(named ? name : "an entry without a name");
      continue;
    }
    if (!places.emplace(name, state.entries.size()).second) fail(name, "is there twice", origin);
    if (value.kind == PickleKind::tensor) {
      const View view = checked_view(name, value, origin);
      if (view.bytes > largest_total - total) fail(name, "is larger than the file can hold", origin);
      total += view.bytes;
      storages[value.items.front()->text].emplace_back(state.entries.size(), view);
      tensor = Tensor{value.items.front()->element, value.shape, {}};
    }
    state.add(name, std::move(*tensor));
  }
  for (const auto& [key, views] : storages) {
    const std::string bytes = read_storage(key, std::min(largest_total, largest_storage(views)));
    for (const auto& [place, view] : views) {
      auto& [name, tensor] = state.entries[place];
      if (view.reaches > bytes.size() / element_size(tensor.type)) {
        fail(name, "reaches beyond its storage of " + std::to_string(bytes.size()) + " bytes", origin);
      }
      tensor.bytes = dense(*view.value, bytes, view.bytes);
    }
  }
  return state;
}

}  // namespace musicmem::weights
