// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/descriptors/spectral_shape.h"

#include "features/sound/audio.h"
#include "features/spectra/decibel.h"
#include "features/spectra/frames.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <functional>
#include <limits>
#include <numeric>

namespace musicmem::features {
namespace {

constexpr std::size_t bins = frame_length / 2 + 1;
constexpr double hertz_per_bin = static_cast<double>(study_rate) / frame_length;
constexpr float least_power = 1e-10f;  // of a bin, for the flatness

// measure(frame, t) of every frame.
template <typename Measure>
std::vector<float> per_frame(std::span<const float> magnitude, Measure measure) {
  assert(magnitude.size() % bins == 0);
  std::vector<float> result(magnitude.size() / bins);
  for (std::size_t t = 0; t < result.size(); ++t) {
    result[t] = static_cast<float>(measure(magnitude.subspan(t * bins, bins), t));
  }
  return result;
}

// What magnitudes are divided by; 1 where there is nothing to divide.
double weight_of(std::span<const float> frame) {
  const double sum = std::accumulate(frame.begin(), frame.end(), 0.0);
  return sum < std::numeric_limits<float>::min() ? 1.0 : sum;
}

// One band of the contrast: its bins, and how many of them make a peak and a valley.
struct Band {
  std::size_t first;
  std::size_t end;
  std::size_t extremes;
};

// The limits are inclusive. A band also takes the bin below its lower limit, the last one all up to the top;
// all but the last give their highest bin away after it was counted.
std::array<Band, contrast_bands> octave_bands() {
  constexpr double lowest_hertz = 200.0;
  constexpr double quantile = 0.02;
  std::array<Band, contrast_bands> bands{};
  double low = 0.0;
  double high = lowest_hertz;
  for (std::size_t i = 0; i < bands.size(); ++i) {
    const bool last = i + 1 == bands.size();
    auto first = static_cast<std::size_t>(std::ceil(low / hertz_per_bin));
    if (i > 0) --first;
    const std::size_t end = last ? bins : static_cast<std::size_t>(std::floor(high / hertz_per_bin)) + 1;
    const double extremes = std::rint(quantile * static_cast<double>(end - first));
    bands[i] = {first, last ? end : end - 1, static_cast<std::size_t>(std::max(extremes, 1.0))};
    low = high;
    high *= 2.0;
  }
  return bands;
}

// The mean of the first `count` values in the order of `before`.
template <typename Order>
float mean_of_first(std::span<float> values, std::size_t count, Order before) {
  const auto end = values.begin() + static_cast<std::ptrdiff_t>(count);
  std::nth_element(values.begin(), end - 1, values.end(), before);
  return static_cast<float>(std::accumulate(values.begin(), end, 0.0) / static_cast<double>(count));
}

}  // namespace

std::vector<float> spectral_centroid(std::span<const float> magnitude) {
  return per_frame(magnitude, [](std::span<const float> frame, std::size_t) {
    double moment = 0.0;
    for (std::size_t k = 0; k < bins; ++k) moment += static_cast<double>(k) * frame[k];
    return hertz_per_bin * moment / weight_of(frame);
  });
}

std::vector<float> spectral_bandwidth(std::span<const float> magnitude, std::span<const float> centroid) {
  return per_frame(magnitude, [&](std::span<const float> frame, std::size_t t) {
    double moment = 0.0;
    for (std::size_t k = 0; k < bins; ++k) {
      const double deviation = hertz_per_bin * static_cast<double>(k) - centroid[t];
      moment += deviation * deviation * frame[k];
    }
    return std::sqrt(moment / weight_of(frame));
  });
}

std::vector<float> spectral_contrast(std::span<const float> magnitude) {
  const std::array<Band, contrast_bands> bands = octave_bands();
  const std::size_t frames = magnitude.size() / bins;
  std::vector<float> peaks(bands.size() * frames);
  std::vector<float> valleys(bands.size() * frames);
  std::array<float, bins> copy{};

  for (std::size_t i = 0; i < bands.size(); ++i) {
    const Band& band = bands[i];
    const std::span<float> values(copy.data(), band.end - band.first);
    for (std::size_t t = 0; t < frames; ++t) {
      std::ranges::copy(magnitude.subspan(t * bins + band.first, values.size()), values.begin());
      peaks[i * frames + t] = mean_of_first(values, band.extremes, std::greater<>());
      valleys[i * frames + t] = mean_of_first(values, band.extremes, std::less<>());
    }
  }
  power_to_db(peaks);
  power_to_db(valleys);
  std::ranges::transform(peaks, valleys, peaks.begin(), std::minus<>());
  return peaks;
}

std::vector<float> spectral_flatness(std::span<const float> magnitude) {
  std::vector<float> logarithms(bins);
  return per_frame(magnitude, [&](std::span<const float> frame, std::size_t) {
    std::ranges::transform(frame, logarithms.begin(),
                           [](float value) { return std::max(least_power, value * value); });
    const double arithmetic = std::accumulate(logarithms.begin(), logarithms.end(), 0.0) / bins;
    take_logarithms(logarithms);
    const double geometric = std::exp(std::accumulate(logarithms.begin(), logarithms.end(), 0.0) / bins);
    return geometric / arithmetic;
  });
}

std::vector<float> spectral_rolloff(std::span<const float> magnitude) {
  constexpr float share = 0.85f;
  return per_frame(magnitude, [](std::span<const float> frame, std::size_t) {
    // In single precision, as the reference sums: near the threshold that decides the bin.
    std::array<float, bins> sums{};
    std::partial_sum(frame.begin(), frame.end(), sums.begin());
    const auto place = std::ranges::lower_bound(sums, share * sums.back());
    return hertz_per_bin * static_cast<double>(place - sums.begin());
  });
}

}  // namespace musicmem::features
