// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/descriptors/harmony.h"

#include <cmath>
#include <cstddef>
#include <numeric>

namespace musicmem::features {

std::vector<double> harmony(const Chromagram& segment) {
  constexpr auto classes = static_cast<std::size_t>(pitch_classes);
  std::vector<double> values(2 * classes, 0.0);
  const auto frames = static_cast<std::size_t>(segment.frames);
  if (frames == 0) return values;
  for (std::size_t c = 0; c < classes; ++c) {
    const std::span row = std::span(segment.chroma).subspan(c * frames, frames);
    const double mean = std::accumulate(row.begin(), row.end(), 0.0) / static_cast<double>(frames);
    double squares = 0.0;
    for (const float value : row) squares += (value - mean) * (value - mean);
    values[c] = mean;
    values[classes + c] = std::sqrt(squares / static_cast<double>(frames));
  }
  return values;
}

std::optional<double> tuning_of_segments(const config::Tuning& setting, std::span<const float> clip,
                                         ChromaCqt& chroma) {
  switch (setting.kind) {
    case config::Tuning::Kind::per_segment:
      return std::nullopt;
    case config::Tuning::Kind::per_clip:
      return chroma.estimate_tuning(clip);
    case config::Tuning::Kind::fixed:
      return setting.fraction;
  }
  return std::nullopt;
}

}  // namespace musicmem::features
