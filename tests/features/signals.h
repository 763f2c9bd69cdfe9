// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

// Clips at 16 kHz with known answers, for tests.
namespace musicmem::features::signals {

inline std::vector<float> constant(float level, std::size_t samples = 80000) {
  return std::vector<float>(samples, level);
}

inline std::vector<float> impulse(std::size_t place, std::size_t samples = 80000) {
  std::vector<float> clip(samples, 0.0f);
  clip[place] = 1.0f;
  return clip;
}

// One-sample clicks every `period` samples.
inline std::vector<float> clicks(std::size_t period, std::size_t samples = 80000) {
  std::vector<float> clip(samples, 0.0f);
  for (std::size_t i = 0; i < samples; i += period) clip[i] = 1.0f;
  return clip;
}

inline std::vector<float> square(std::size_t period, std::size_t samples = 80000) {
  std::vector<float> clip(samples);
  for (std::size_t i = 0; i < samples; ++i) clip[i] = i % period < period / 2 ? 1.0f : -1.0f;
  return clip;
}

// White noise in [-level, level), the same for the same seed.
inline std::vector<float> noise(float level, std::uint32_t seed, std::size_t samples = 80000) {
  std::vector<float> clip(samples);
  std::uint32_t state = seed * 2654435761u + 1u;
  for (float& sample : clip) {
    state = state * 1664525u + 1013904223u;
    sample = level * (static_cast<float>(state >> 8) / 8388608.0f - 1.0f);
  }
  return clip;
}

// Signals that have broken feature code before: nothing to divide by, nothing to
// take the logarithm of, full scale.
inline std::vector<std::pair<std::string, std::vector<float>>> difficult() {
  return {{"silence", constant(0.0f)},   {"dc", constant(0.5f)},  {"impulse", impulse(40000)},
          {"first sample", impulse(0)},  {"square", square(160)}, {"faint noise", noise(1e-9f, 1)},
          {"loud noise", noise(1.0f, 2)}};
}

}  // namespace musicmem::features::signals
