// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/models/ssast_formula.h"

#include <cmath>
#include <functional>
#include <numeric>
#include <string_view>

#include <ATen/Functions.h>

namespace musicmem::models {
namespace {

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

std::size_t product(const std::vector<std::int64_t>& shape, std::size_t from = 0) {
  return std::accumulate(shape.begin() + static_cast<std::ptrdiff_t>(from), shape.end(), std::size_t{1},
                         [](std::size_t a, std::int64_t b) { return a * static_cast<std::size_t>(b); });
}

}  // namespace

std::vector<float> formula(std::int64_t seed, const std::string& name, std::size_t count, double scale,
                           double shift) {
  std::uint64_t key = 14695981039346656037U;
  for (const char c : std::to_string(seed) + "/" + name) {
    key = (key ^ static_cast<unsigned char>(c)) * 1099511628211U;
  }
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) {
    std::uint64_t z = key + (i + 1) * 0x9E3779B97F4A7C15U;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    z ^= z >> 31;
    values[i] = static_cast<float>(shift + scale * (static_cast<double>(z >> 40) * 0x1p-23 - 1.0));
  }
  return values;
}

at::Tensor formula_tensor(std::int64_t seed, const std::string& name, std::vector<std::int64_t> shape,
                          double scale, double shift) {
  const std::vector<float> values = formula(seed, name, product(shape), scale, shift);
  const at::Tensor tensor = at::empty(shape);
  std::copy(values.begin(), values.end(), tensor.data_ptr<float>());
  return tensor;
}

weights::StateDict formula_checkpoint(std::int64_t seed, const SsastShape& shape) {
  weights::StateDict state;
  state.origin = "formula.pth";
  const Ssast model(shape, 1);
  for (const auto& item : model.named_parameters()) {
    const std::string& name = item.key();
    std::vector<std::int64_t> extents = item.value().sizes().vec();
    double scale = 0.1;
    double shift = 0.0;
    if (name == "v.pos_embed") {
      extents[1] = 2 + 512;
      scale = 0.05;
    } else if (ends_with(name, "norm1.weight") || ends_with(name, "norm2.weight") ||
               name == "v.norm.weight" || name == "mlp_head.0.weight") {
      scale = 0.2;
      shift = 1.0;
    } else if (extents.size() > 1 && !ends_with(name, "token")) {
      scale = std::sqrt(3.0 / static_cast<double>(product(extents, 1)));
    }
    state.add("module." + name,
              weights::Tensor::of(formula(seed, name, product(extents), scale, shift), extents));
  }
  state.add("module.p_input_fdim",
            weights::Tensor{weights::ElementType::int64, {}, std::string("\x08\0\0\0\0\0\0\0", 8)});
  state.add("module.p_input_tdim",
            weights::Tensor{weights::ElementType::int64, {}, std::string("\x40\0\0\0\0\0\0\0", 8)});
  if (shape.patch_frames == 2) {
    state.entries[state.entries.size() - 2].second.bytes[0] = 1;
    state.entries.back().second.bytes = std::string("\0\x02\0\0\0\0\0\0", 8);
  }
  return state;
}

}  // namespace musicmem::models
