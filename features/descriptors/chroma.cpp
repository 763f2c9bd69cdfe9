// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/descriptors/chroma.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numbers>

namespace musicmem::features {
namespace {

constexpr auto classes = static_cast<std::size_t>(pitch_classes);
constexpr std::size_t smoothing_frames = 41;

// Divides each column of values [rows][columns] by norm(column). Columns whose norm is not a normal float
// stay as they are.
template <typename Norm>
void normalize_columns(std::vector<float>& values, std::size_t columns, Norm norm) {
  std::vector<double> column(values.size() / std::max<std::size_t>(columns, 1));
  for (std::size_t t = 0; t < columns; ++t) {
    for (std::size_t r = 0; r < column.size(); ++r) column[r] = std::abs(values[r * columns + t]);
    const double length = norm(column);
    if (length < std::numeric_limits<float>::min()) continue;
    for (std::size_t r = 0; r < column.size(); ++r) {
      values[r * columns + t] = static_cast<float>(values[r * columns + t] / length);
    }
  }
}

double maximum(const std::vector<double>& column) {
  return std::ranges::max(column);
}

double sum(const std::vector<double>& column) {
  double total = 0.0;
  for (const double value : column) total += value;
  return total;
}

double euclidean(const std::vector<double>& column) {
  double total = 0.0;
  for (const double value : column) total += value * value;
  return std::sqrt(total);
}

float quantize(float share) {
  float steps = 0.0f;
  for (const float step : {0.4f, 0.2f, 0.1f, 0.05f}) steps += share > step ? 0.25f : 0.0f;
  return steps;
}

// A symmetric Hann window of unit sum; the two zeros at its ends are left out.
std::array<double, smoothing_frames> smoothing_window() {
  std::array<double, smoothing_frames> window{};
  for (std::size_t i = 0; i < smoothing_frames; ++i) {
    const double phase = static_cast<double>(i + 1) / (smoothing_frames + 1);
    window[i] = (0.5 - 0.5 * std::cos(2.0 * std::numbers::pi * phase)) * 2.0 / (smoothing_frames + 1);
  }
  return window;
}

// The row convolved with the smoothing window, zeros beyond its ends.
void smooth(std::span<float> row) {
  static const std::array<double, smoothing_frames> window = smoothing_window();
  constexpr auto reach = static_cast<std::ptrdiff_t>(smoothing_frames / 2);
  const std::vector<float> source(row.begin(), row.end());
  const std::ptrdiff_t frames = std::ssize(row);
  for (std::ptrdiff_t t = 0; t < frames; ++t) {
    double total = 0.0;
    for (std::ptrdiff_t s = std::max<std::ptrdiff_t>(t - reach, 0); s <= std::min(t + reach, frames - 1);
         ++s) {
      total += window[static_cast<std::size_t>(s - t + reach)] * source[static_cast<std::size_t>(s)];
    }
    row[static_cast<std::size_t>(t)] = static_cast<float>(total);
  }
}

}  // namespace

ChromaCqt::ChromaCqt(int sample_rate) : tuning_(sample_rate), cqt_(sample_rate) {}

Chromagram ChromaCqt::compute(std::span<const float> y, std::optional<double> tuning) {
  Chromagram result = compute_unnormalized(y, tuning);
  normalize_columns(result.chroma, static_cast<std::size_t>(result.frames), maximum);
  return result;
}

Chromagram ChromaCqt::compute_unnormalized(std::span<const float> y, std::optional<double> tuning) {
  Chromagram result;
  result.tuning = tuning ? *tuning : estimate_tuning(y);
  const ConstantQ::Magnitudes cqt = cqt_.magnitudes(y, result.tuning);
  result.frames = cqt.frames;
  const auto frames = static_cast<std::size_t>(cqt.frames);
  result.chroma.assign(classes * frames, 0.0f);
  constexpr int merged = ConstantQ::bins_per_octave / pitch_classes;
  for (int bin = 0; bin < ConstantQ::bins; ++bin) {
    const auto pitch_class = static_cast<std::size_t>((bin + merged / 2) / merged % pitch_classes);
    const float* magnitude = cqt.values.data() + static_cast<std::size_t>(bin) * frames;
    float* chroma = result.chroma.data() + pitch_class * frames;
    for (std::size_t t = 0; t < frames; ++t) chroma[t] += magnitude[t];
  }
  return result;
}

double ChromaCqt::estimate_tuning(std::span<const float> y) {
  return tuning_.estimate(y, ConstantQ::bins_per_octave);
}

std::vector<float> chroma_cens(const Chromagram& unnormalized) {
  std::vector<float> cens = unnormalized.chroma;
  const auto frames = static_cast<std::size_t>(unnormalized.frames);
  normalize_columns(cens, frames, sum);
  std::ranges::transform(cens, cens.begin(), quantize);
  for (std::size_t c = 0; c < classes; ++c) smooth(std::span(cens).subspan(c * frames, frames));
  normalize_columns(cens, frames, euclidean);
  return cens;
}

std::vector<float> tonnetz(const Chromagram& chromagram) {
  constexpr std::array<double, tonnetz_dimensions> turns = {7.0 / 6, 7.0 / 6, 3.0 / 2,
                                                            3.0 / 2, 2.0 / 3, 2.0 / 3};
  constexpr std::array<double, tonnetz_dimensions> radius = {1.0, 1.0, 1.0, 1.0, 0.5, 0.5};
  std::vector<float> shares = chromagram.chroma;
  const auto frames = static_cast<std::size_t>(chromagram.frames);
  normalize_columns(shares, frames, sum);
  std::vector<float> centroids(tonnetz_dimensions * frames);
  for (std::size_t d = 0; d < tonnetz_dimensions; ++d) {
    std::array<double, classes> weight{};
    for (std::size_t c = 0; c < classes; ++c) {
      const double quarter = d % 2 == 0 ? 0.5 : 0.0;
      weight[c] = radius[d] * std::cos(std::numbers::pi * (turns[d] * static_cast<double>(c) - quarter));
    }
    for (std::size_t t = 0; t < frames; ++t) {
      double total = 0.0;
      for (std::size_t c = 0; c < classes; ++c) total += weight[c] * shares[c * frames + t];
      centroids[d * frames + t] = static_cast<float>(total);
    }
  }
  return centroids;
}

}  // namespace musicmem::features
