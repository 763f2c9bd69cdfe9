// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/generator.h"

#include <cassert>
#include <limits>

namespace musicmem::models {

double Generator::uniform() {
  return static_cast<double>(engine_() >> 11) * 0x1.0p-53;
}

std::uint64_t Generator::below(std::uint64_t bound) {
  assert(bound >= 1);
  // Numbers above the last multiple of `bound` would make small results likelier.
  const std::uint64_t limit = std::numeric_limits<std::uint64_t>::max() / bound * bound;
  std::uint64_t number = engine_();
  while (number >= limit) number = engine_();
  return number % bound;
}

}  // namespace musicmem::models
