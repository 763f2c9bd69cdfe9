// SPDX-License-Identifier: GPL-3.0-or-later
// A safetensors file, from bytes that may be anything: parse_safetensors_header() either throws Error or
// gives tensors that fill what follows the header.
#include "config/error.h"
#include "weights/safetensors.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace musicmem::weights {
namespace {

void look_at(std::string_view header, std::uint64_t bytes) {
  std::uint64_t filled = 0;
  for (const SafetensorsEntry& entry : parse_safetensors_header(header, bytes, "fuzz").entries) {
    std::uint64_t elements = 1;
    for (const std::int64_t extent : entry.shape) elements *= static_cast<std::uint64_t>(extent);
    if (entry.begin != filled || entry.end < entry.begin) std::abort();
    if (entry.element && elements * element_size(*entry.element) != entry.end - entry.begin) std::abort();
    filled = entry.end;
  }
  if (filled != bytes) std::abort();
}

}  // namespace
}  // namespace musicmem::weights

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::uint64_t length = 0;
  if (size < sizeof length) return 0;
  std::memcpy(&length, data, sizeof length);
  const std::string_view rest(reinterpret_cast<const char*>(data) + sizeof length, size - sizeof length);
  try {
    // A length that a change has spoilt still leaves a header to look at.
    const std::size_t header = length <= rest.size() ? length : rest.size() / 2;
    musicmem::weights::look_at(rest.substr(0, header), rest.size() - header);
  } catch (const musicmem::Error&) {
    return 0;
  }
  return 0;
}
