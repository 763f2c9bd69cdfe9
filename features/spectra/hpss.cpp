// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/spectra/hpss.h"

#include "features/spectra/running_median.h"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <limits>
#include <utility>

namespace musicmem::features {
namespace {

std::vector<float> transposed(std::span<const float> values, std::size_t rows, std::size_t columns) {
  constexpr std::size_t tile = 16;
  std::vector<float> result(values.size());
  for (std::size_t r0 = 0; r0 < rows; r0 += tile) {
    for (std::size_t c = 0; c < columns; ++c) {
      for (std::size_t r = r0; r < std::min(rows, r0 + tile); ++r)
        result[c * rows + r] = values[r * columns + c];
    }
  }
  return result;
}

// The running median along every row of `width` values, in place.
void filter_rows(std::span<float> values, std::size_t width) {
  RunningMedian median;
  for (std::size_t begin = 0; begin < values.size(); begin += width) {
    const std::span<float> row = values.subspan(begin, width);
    median.filter(row, row);
  }
}

}  // namespace

HpssMasks hpss_masks(std::span<const float> magnitude, int bins) {
  const auto width = static_cast<std::size_t>(bins);
  const std::size_t frames = magnitude.size() / width;
  assert(frames * width == magnitude.size());

  std::vector<float> percussive(magnitude.begin(), magnitude.end());
  filter_rows(percussive, width);
  std::vector<float> harmonic = transposed(magnitude, frames, width);
  filter_rows(harmonic, frames);
  harmonic = transposed(harmonic, width, frames);

  for (std::size_t i = 0; i < harmonic.size(); ++i) {
    const float larger = std::max(harmonic[i], percussive[i]);
    const bool silent = larger < std::numeric_limits<float>::min();
    const float h = silent ? 1.0f : harmonic[i] / larger;
    const float p = silent ? 1.0f : percussive[i] / larger;
    const float total = h * h + p * p;
    harmonic[i] = h * h / total;
    percussive[i] = p * p / total;
  }
  return {std::move(harmonic), std::move(percussive)};
}

HarmonicPercussive hpss(const ClipSpectrum& spectrum, Istft& istft) {
  const HpssMasks masks = hpss_masks(spectrum.magnitudes, ClipSpectrum::bins);
  return {istft.transform(masked(spectrum.values, masks.harmonic), spectrum.samples),
          istft.transform(masked(spectrum.values, masks.percussive), spectrum.samples)};
}

}  // namespace musicmem::features
