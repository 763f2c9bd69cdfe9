// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/counted.h"

namespace musicmem {

std::string counted(std::uint64_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

}  // namespace musicmem
