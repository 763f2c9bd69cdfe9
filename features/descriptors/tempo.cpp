// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/descriptors/tempo.h"

#include "features/sound/audio.h"
#include "features/spectra/frames.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numbers>

namespace musicmem::features {
namespace {

// The signal between two straight ramps of `pad` values that start and end at zero.
std::vector<double> with_ramps(std::span<const float> signal, std::size_t pad) {
  std::vector<double> padded(signal.size() + 2 * pad);
  std::ranges::copy(signal, padded.begin() + static_cast<std::ptrdiff_t>(pad));
  for (std::size_t i = 0; i < pad; ++i) {
    const double share = static_cast<double>(i) / static_cast<double>(pad);
    padded[i] = static_cast<float>(share * signal.front());
    padded[padded.size() - 1 - i] = static_cast<float>(share * signal.back());
  }
  return padded;
}

std::vector<double> hann(std::size_t size) {
  std::vector<double> window(size);
  for (std::size_t n = 0; n < size; ++n) {
    const double phase = 2.0 * std::numbers::pi * static_cast<double>(n) / static_cast<double>(size);
    window[n] = 0.5 - 0.5 * std::cos(phase);
  }
  return window;
}

// result[lag] = sum_n frame[n] frame[n + lag]
void autocorrelate(std::span<const double> frame, std::span<double> result) {
  const std::size_t size = frame.size();
  std::ranges::fill(result, 0.0);
  for (std::size_t n = 0; n < size; ++n) {
    const double value = frame[n];
    if (value == 0.0) continue;
    const double* later = frame.data() + n;
    for (std::size_t lag = 0; lag < size - n; ++lag) result[lag] += value * later[lag];
  }
}

}  // namespace

std::vector<double> tempogram(std::span<const float> onset_strength, int window) {
  const auto width = static_cast<std::size_t>(window);
  const std::size_t frames = onset_strength.size();
  std::vector<double> result(frames * width);
  if (frames == 0) return result;
  const std::vector<double> padded = with_ramps(onset_strength, width / 2);
  const std::vector<double> weights = hann(width);
  std::vector<double> frame(width);

  for (std::size_t t = 0; t < frames; ++t) {
    std::transform(weights.begin(), weights.end(), padded.begin() + static_cast<std::ptrdiff_t>(t),
                   frame.begin(), std::multiplies<>());
    const std::span<double> row(result.data() + t * width, width);
    autocorrelate(frame, row);
    const double peak = row[0];  // of a real signal, the energy: no lag exceeds it
    if (peak < std::numeric_limits<double>::min()) continue;
    for (double& value : row) value /= peak;
  }
  return result;
}

double tempo(std::span<const float> onset_strength) {
  constexpr double frames_per_minute = 60.0 * study_rate / hop_length;
  constexpr int window = 8 * study_rate / hop_length;
  constexpr double start_bpm = 120.0;
  constexpr double max_bpm = 320.0;
  const std::vector<double> values = tempogram(onset_strength, window);
  const std::size_t frames = onset_strength.size();

  double best_bpm = 0.0;
  double best_score = -std::numeric_limits<double>::infinity();
  for (int lag = 1; lag < window; ++lag) {
    const double bpm = frames_per_minute / lag;
    if (bpm >= max_bpm) continue;
    double sum = 0.0;
    for (std::size_t t = 0; t < frames; ++t) sum += values[t * window + static_cast<std::size_t>(lag)];
    const double mean = frames == 0 ? 0.0 : sum / static_cast<double>(frames);
    const double octaves = std::log2(bpm / start_bpm);
    const double score = std::log1p(1e6 * mean) - 0.5 * octaves * octaves;
    if (score > best_score) {
      best_score = score;
      best_bpm = bpm;
    }
  }
  return best_bpm;
}

}  // namespace musicmem::features
