// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/descriptors/waveform_shape.h"

#include "features/spectra/frames.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace musicmem::features {
namespace {

constexpr std::ptrdiff_t half_frame = frame_length / 2;

std::size_t frame_count(std::span<const float> clip) {
  return 1 + clip.size() / hop_length;
}

// The samples of the clip that frame t holds: [first, last).
struct Extent {
  std::size_t first;
  std::size_t last;
};

Extent extent(std::size_t t, std::size_t samples) {
  const auto size = static_cast<std::ptrdiff_t>(samples);
  const std::ptrdiff_t start = static_cast<std::ptrdiff_t>(t) * hop_length - half_frame;
  const std::ptrdiff_t first = std::clamp<std::ptrdiff_t>(start, 0, size);
  const std::ptrdiff_t last = std::clamp<std::ptrdiff_t>(start + frame_length, first, size);
  return {static_cast<std::size_t>(first), static_cast<std::size_t>(last)};
}

}  // namespace

std::vector<float> zero_crossing_rate(std::span<const float> clip) {
  constexpr float zero = 1e-10f;
  std::vector<int> crossings(clip.size() + 1, 0);  // [i]: those between samples before i
  for (std::size_t i = 1; i < clip.size(); ++i) {
    const bool crossed = (clip[i] < -zero) != (clip[i - 1] < -zero);
    crossings[i + 1] = crossings[i] + (crossed ? 1 : 0);
  }

  std::vector<float> rates(frame_count(clip), 0.0f);
  for (std::size_t t = 0; t < rates.size(); ++t) {
    const auto [first, last] = extent(t, clip.size());
    if (last <= first) continue;
    const int inside = crossings[last] - crossings[first + 1];
    rates[t] = static_cast<float>(inside) / frame_length;
  }
  return rates;
}

std::vector<float> rms(std::span<const float> clip) {
  std::vector<float> values(frame_count(clip));
  for (std::size_t t = 0; t < values.size(); ++t) {
    const auto [first, last] = extent(t, clip.size());
    double energy = 0.0;
    for (std::size_t i = first; i < last; ++i) energy += static_cast<double>(clip[i]) * clip[i];
    values[t] = static_cast<float>(std::sqrt(energy / frame_length));
  }
  return values;
}

}  // namespace musicmem::features
