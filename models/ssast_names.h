// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "weights/state_dict.h"

#include <string>
#include <string_view>

namespace musicmem::models {

inline constexpr std::string_view parallel_prefix =
    "module.";  // of models saved inside torch.nn.DataParallel

inline std::string_view without_prefix(std::string_view name) {
  return name.substr(0, parallel_prefix.size()) == parallel_prefix ? name.substr(parallel_prefix.size())
                                                                   : name;
}

// The tensor of that name, with or without `module.` before it; null where there is none.
const weights::Tensor* find_named(const weights::StateDict& state, std::string_view name);

}  // namespace musicmem::models
