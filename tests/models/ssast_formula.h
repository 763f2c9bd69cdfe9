// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/ssast/network/ssast.h"
#include "weights/state_dict.h"

#include <cstdint>
#include <string>
#include <vector>

// The weights and inputs of tests/models/golden/make_ssast_golden.py, by the same formula.
namespace musicmem::models {

// Uniform in shift +- scale: splitmix64 of name and index.
std::vector<float> formula(std::int64_t seed, const std::string& name, std::size_t count, double scale,
                           double shift = 0.0);

at::Tensor formula_tensor(std::int64_t seed, const std::string& name, std::vector<std::int64_t> shape,
                          double scale, double shift = 0.0);

// A checkpoint for a model of that shape: its positions are on the grid of
// pre-training, names begin with `module.`.
weights::StateDict formula_checkpoint(std::int64_t seed, const SsastShape& shape);

}  // namespace musicmem::models
