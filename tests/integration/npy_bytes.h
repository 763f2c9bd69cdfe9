// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstring>
#include <string>
#include <vector>

namespace musicmem::testing_support {

// numpy's format 1.0 of doubles in C's order; `shape` as Python writes a tuple, "5," or "2, 3".
inline std::string npy_bytes(const std::vector<double>& values, const std::string& shape) {
  std::string header = "{'descr': '<f8', 'fortran_order': False, 'shape': (" + shape + "), }";
  constexpr std::size_t prefix = 10;
  constexpr std::size_t unit = 64;
  header.append(unit - (prefix + header.size() + 1) % unit, ' ').push_back('\n');
  std::string bytes("\x93NUMPY\x01\x00", 8);
  bytes.push_back(static_cast<char>(header.size() % 256));
  bytes.push_back(static_cast<char>(header.size() / 256));
  bytes += header;
  const std::size_t begin = bytes.size();
  bytes.resize(begin + values.size() * sizeof(double));
  std::memcpy(bytes.data() + begin, values.data(), values.size() * sizeof(double));
  return bytes;
}

}  // namespace musicmem::testing_support
