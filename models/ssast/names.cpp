// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/ssast/names.h"

namespace musicmem::models {

SsastTensors::SsastTensors(const weights::StateDict& state) : state_(state) {
  constexpr std::string_view always_there = "v.pos_embed";
  for (const auto& [name, tensor] : state.entries) {
    if (!name.ends_with(always_there)) continue;
    const std::string prefix = name.substr(0, name.size() - always_there.size());
    if (prefix.empty() || prefix.ends_with('.')) prefixes_.push_back(prefix);
  }
  if (prefixes_.size() == 1) prefix_ = prefixes_.front();
}

const weights::Tensor* SsastTensors::find(std::string_view parameter) const {
  if (prefixes_.size() > 1) return nullptr;
  const weights::Tensor* tensor = state_.find(prefix_ + std::string(parameter));
  return tensor != nullptr || prefix_.empty() ? tensor : state_.find(parameter);
}

std::string_view SsastTensors::plain(std::string_view name) const {
  return name.starts_with(prefix_) ? name.substr(prefix_.size()) : name;
}

}  // namespace musicmem::models
