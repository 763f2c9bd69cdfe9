// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/descriptors/tuning.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

namespace musicmem::features {
namespace {

constexpr int frame_size = 2048;
constexpr int hop = frame_size / 4;
constexpr double lowest_pitch = 150.0;
constexpr double highest_pitch = 4000.0;
constexpr float peak_threshold = 0.1f;

constexpr int cells = 100;
constexpr float a0 = 27.5f;  // Hz, the A four octaves below 440 Hz

double cell_edge(int i) {
  return i * 0.01 - 0.5;
}

int cell_of(double residual) {
  int i = std::clamp(static_cast<int>(std::floor((residual + 0.5) * cells)), 0, cells - 1);
  while (i > 0 && residual < cell_edge(i)) --i;
  while (i < cells - 1 && residual >= cell_edge(i + 1)) ++i;
  return i;
}

float median(std::vector<float> values) {
  const auto middle = values.begin() + std::ssize(values) / 2;
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return (*std::max_element(values.begin(), middle) + *middle) / 2.0f;
}

// Offset in bins of the top of the parabola through three neighbours; 0 where it lies more than a bin away.
float parabola_offset(float left, float center, float right) {
  const double curvature = static_cast<double>(left + right) - 2.0 * center;
  const double slope = static_cast<double>(right - left) / 2.0;
  return std::abs(slope) >= std::abs(curvature) ? 0.0f : static_cast<float>(-slope / curvature);
}

}  // namespace

double pitch_tuning(std::span<const float> frequencies, int bins_per_octave) {
  if (frequencies.empty()) return 0.0;
  std::array<int, cells> votes{};
  for (const float frequency : frequencies) {
    const float position = static_cast<float>(bins_per_octave) * std::log2(frequency / a0);
    float residual = position - std::floor(position);
    if (residual >= 0.5f) residual -= 1.0f;
    ++votes[static_cast<std::size_t>(cell_of(residual))];
  }
  return cell_edge(static_cast<int>(std::ranges::max_element(votes) - votes.begin()));
}

TuningEstimator::TuningEstimator(int sample_rate)
    : sample_rate_(sample_rate),
      stft_(frame_size, hop),
      first_bin_(static_cast<int>(std::ceil(lowest_pitch * frame_size / sample_rate))),
      end_bin_(
          static_cast<int>(std::ceil(std::min(highest_pitch, sample_rate / 2.0) * frame_size / sample_rate))),
      spectrum_(static_cast<std::size_t>(stft_.bins())),
      magnitude_(spectrum_.size()) {}

double TuningEstimator::estimate(std::span<const float> y, int bins_per_octave) {
  pitches_.clear();
  heights_.clear();
  for (int t = 0; t < stft_.frames(y.size()); ++t) collect_peaks(t, y);
  if (pitches_.empty()) return 0.0;

  const float threshold = median(heights_);
  std::size_t kept = 0;
  for (std::size_t i = 0; i < pitches_.size(); ++i) {
    if (heights_[i] >= threshold) pitches_[kept++] = pitches_[i];
  }
  return pitch_tuning(std::span(pitches_).first(kept), bins_per_octave);
}

void TuningEstimator::collect_peaks(int t, std::span<const float> y) {
  stft_.frame(y, t, spectrum_);
  const auto power = [&](std::size_t k) {
    const double re = static_cast<float>(spectrum_[k].real());
    const double im = static_cast<float>(spectrum_[k].imag());
    return re * re + im * im;
  };
  double most_power = 0.0;
  for (std::size_t k = 0; k < spectrum_.size(); ++k) most_power = std::max(most_power, power(k));
  const auto loudest = static_cast<float>(std::sqrt(most_power));
  for (auto k = static_cast<std::size_t>(first_bin_ - 1); k <= static_cast<std::size_t>(end_bin_); ++k) {
    magnitude_[k] = static_cast<float>(std::sqrt(power(k)));
  }

  const float threshold = peak_threshold * loudest;
  const auto above = [&](std::size_t k) { return magnitude_[k] > threshold ? magnitude_[k] : 0.0f; };
  for (auto k = static_cast<std::size_t>(first_bin_); k < static_cast<std::size_t>(end_bin_); ++k) {
    const float left = magnitude_[k - 1], center = magnitude_[k], right = magnitude_[k + 1];
    if (!(above(k) > above(k - 1) && above(k) >= above(k + 1))) continue;
    const float offset = parabola_offset(left, center, right);
    const float gradient = (right - left) / 2.0f;
    pitches_.push_back(static_cast<float>((static_cast<double>(k) + offset) * sample_rate_ / frame_size));
    heights_.push_back(center + 0.5f * gradient * offset);
  }
}

}  // namespace musicmem::features
