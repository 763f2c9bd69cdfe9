// SPDX-License-Identifier: GPL-3.0-or-later
// The pickle of a checkpoint, from bytes that may be anything: unpickle() and tensors_of() either give a
// value or throw Error, and never ask for more memory than a multiple of the input.
#include "config/error.h"
#include "weights/pth_file.h"
#include "weights/unpickler.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace musicmem::weights {
namespace {

constexpr std::uint64_t largest_total = std::uint64_t{1} << 20;
constexpr std::size_t storage_bytes = 256;

void read_tensors(const PickleValue& dict) {
  std::vector<std::string> others;
  const StateDict state = tensors_of(
      dict,
      [](const std::string& key, std::uint64_t) {
        return std::string(storage_bytes - key.size() % storage_bytes, '\1');
      },
      largest_total, "fuzz", others);
  std::uint64_t total = 0;
  for (const auto& [name, tensor] : state.entries) {
    std::uint64_t elements = 1;
    for (const std::int64_t extent : tensor.shape) elements *= static_cast<std::uint64_t>(extent);
    if (elements * element_size(tensor.type) != tensor.bytes.size()) std::abort();
    if (!tensor.shape.empty()) total += tensor.bytes.size();
  }
  if (total > largest_total) std::abort();
}

// All dicts that lie directly below the root, and the root.
void read_all(const PickleValue& root) {
  std::vector<const PickleValue*> dicts = {&root};
  for (const PickleValue* item : root.items) dicts.push_back(item);
  for (const PickleValue* dict : dicts) {
    if (dict->kind != PickleKind::dict) continue;
    try {
      read_tensors(*dict);
    } catch (const Error&) {  // expected of bytes that are no checkpoint
    }
  }
}

}  // namespace
}  // namespace musicmem::weights

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  try {
    const auto document = musicmem::weights::unpickle(bytes, "fuzz");
    musicmem::weights::read_all(document.root());
  } catch (const musicmem::Error&) {  // expected of bytes that are no pickle of weights
  }
  return 0;
}
