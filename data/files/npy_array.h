// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace musicmem::data {

// A dense row-major array; the product of `shape` is values.size(). A single number has no dimensions.
struct NumberArray {
  std::vector<std::uint64_t> shape;
  std::vector<double> values;
};

// Reads numpy's format, versions 1 to 3: numbers of 16, 32 or 64 bits, of either byte order, in C's or Fortran's order.
// `name` is what errors call the bytes. Throws Error where they are no such array, are cut off or go on after it, or
// hold objects (pickled, which is never read), complex or whole numbers, or several fields.
NumberArray parse_npy(std::string_view bytes, const std::string& name);

// "[3, 768]"
std::string shape_text(const std::vector<std::uint64_t>& shape);

}  // namespace musicmem::data
