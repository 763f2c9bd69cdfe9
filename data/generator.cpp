// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/generator.h"

#include <cassert>
#include <cmath>
#include <limits>
#include <numbers>

namespace musicmem::data {
namespace {

// Numbers above the last multiple of `bound` would make small results likelier.
std::uint64_t limit_of(std::uint64_t bound) {
  assert(bound >= 1);
  return std::numeric_limits<std::uint64_t>::max() / bound * bound;
}

}  // namespace

double Generator::uniform() {
  return static_cast<double>(engine_() >> 11) * 0x1.0p-53;
}

double Generator::normal() {
  const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
  return radius * std::cos(2.0 * std::numbers::pi * uniform());
}

std::uint64_t Generator::below(std::uint64_t bound) {
  const std::uint64_t limit = limit_of(bound);
  std::uint64_t number = engine_();
  while (number >= limit) number = engine_();
  return number % bound;
}

Below::Below(std::uint64_t bound)
    : bound_(bound),
      limit_(limit_of(bound)),
      reciprocal_(std::numeric_limits<std::uint64_t>::max() / bound) {}

}  // namespace musicmem::data
