// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/demo_random.h"

#include <cmath>
#include <numbers>

namespace musicmem::data {

double DemoRandom::uniform() {
  return static_cast<double>(engine_() >> 11) * 0x1.0p-53;
}

double DemoRandom::normal() {
  const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
  return radius * std::cos(2.0 * std::numbers::pi * uniform());
}

}  // namespace musicmem::data
