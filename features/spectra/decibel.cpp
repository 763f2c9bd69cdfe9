// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/spectra/decibel.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

namespace musicmem::features {
namespace {

constexpr float nepers_to_db_of_power = 4.3429448190325183f;      // 10 / ln 10
constexpr float nepers_to_db_of_amplitude = 8.6858896380650366f;  // 20 / ln 10
constexpr float top_db = 80.0f;

// ln v = e ln 2 + ln m with m in [sqrt(1/2), sqrt(2)), and ln m = 2 artanh(s) of s = (m - 1) / (m + 1) as a
// series in s^2: |s| <= 0.172, so the first omitted term is below 1e-9 of the sum.
inline float logarithm(float value) {
  constexpr std::int32_t sqrt_half_bits = 0x3f3504f3;
  const auto bits = std::bit_cast<std::int32_t>(value);
  const std::int32_t exponent = (bits - sqrt_half_bits) >> 23;
  const float m = std::bit_cast<float>(bits - (exponent << 23));
  const float s = (m - 1.0f) / (m + 1.0f);
  const float s2 = s * s;
  const float series = s2 * (0.33333333f + s2 * (0.2f + s2 * (0.14285714f + s2 * 0.11111111f)));
  constexpr float ln2_high = 0.693359375f;  // few bits: exact times any exponent
  constexpr float ln2_low = -2.12194440e-4f;
  const auto e = static_cast<float>(exponent);
  return e * ln2_high + (2.0f * s + (2.0f * s * series + e * ln2_low));
}

}  // namespace

void take_logarithms(std::span<float> values) {
  for (float& value : values) value = logarithm(value);
}

void power_to_db(std::span<float> values) {
  if (values.empty()) return;
  for (float& value : values) value = nepers_to_db_of_power * logarithm(std::max(value, 1e-10f));
  const float floor = *std::ranges::max_element(values) - top_db;
  for (float& value : values) value = std::max(value, floor);
}

void amplitude_to_db(std::span<float> values) {
  for (float& value : values) {
    value = nepers_to_db_of_amplitude * logarithm(std::max(std::abs(value), 1e-5f));
  }
}

}  // namespace musicmem::features
