// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cmath>
#include <string>

namespace musicmem::data {

// Sums of the squares of larger features would be infinite.
inline constexpr double largest_feature = 1e100;

// Whether a value can be a feature; no NaN can.
inline bool is_feature(double value) {
  return std::abs(value) <= largest_feature;
}

// Why a value can be no feature: "is not a finite number", or "is 1e+308, too large for a feature". Of a value that is_feature()
// is false for.
std::string fault_of_feature(double value);

}  // namespace musicmem::data
