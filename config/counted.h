// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>

namespace musicmem {

// "1 clip", "12 clips": of nouns whose plural takes an s.
std::string counted(std::uint64_t count, const std::string& noun);

}  // namespace musicmem
