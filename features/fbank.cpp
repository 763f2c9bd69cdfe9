// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/fbank.h"

#include "features/sound/audio.h"
#include "features/spectra/decibel.h"
#include "features/spectra/fft.h"
#include "features/spectra/mel.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <limits>
#include <numbers>
#include <numeric>

namespace musicmem::features {
namespace {

constexpr std::size_t window_samples = study_rate / 40;  // 25 ms
static_assert(fbank_shift == study_rate / 100);
constexpr int n_fft = 512;
constexpr float pre_emphasis = 0.97f;

// Symmetric: both ends are zero.
std::array<float, window_samples> symmetric_hann() {
  std::array<float, window_samples> window{};
  for (std::size_t n = 0; n < window_samples; ++n) {
    const double phase = 2.0 * std::numbers::pi * static_cast<double>(n) / (window_samples - 1);
    window[n] = static_cast<float>(0.5 - 0.5 * std::cos(phase));
  }
  return window;
}

// Eight sums side by side, which neither wait for each other nor lose precision.
double sum_of(std::span<const float> samples) {
  constexpr std::size_t lanes = 8;
  std::array<double, lanes> sums{};
  std::size_t n = 0;
  for (; n + lanes <= samples.size(); n += lanes) {
    for (std::size_t lane = 0; lane < lanes; ++lane) sums[lane] += samples[n + lane];
  }
  for (; n < samples.size(); ++n) sums[n % lanes] += samples[n];
  return std::accumulate(sums.begin(), sums.end(), 0.0);
}

std::vector<float> without_mean(std::span<const float> clip) {
  const auto mean = static_cast<float>(sum_of(clip) / static_cast<double>(clip.size()));
  std::vector<float> result(clip.size());
  std::ranges::transform(clip, result.begin(), [mean](float sample) { return sample - mean; });
  return result;
}

// Windows consist of whole blocks, and begin at one.
constexpr std::size_t block_samples = std::gcd(window_samples, fbank_shift);

std::vector<double> block_sums(std::span<const float> samples) {
  std::vector<double> sums(samples.size() / block_samples);
  for (std::size_t block = 0; block < sums.size(); ++block) {
    sums[block] = sum_of(samples.subspan(block * block_samples, block_samples));
  }
  return sums;
}

// One window without its mean, pre-emphasised (the sample before the first is
// taken equal to it) and weighted.
void prepare_window(std::span<const float> samples, float mean, std::span<const float> weights,
                    std::span<float> out) {
  const float first = samples[0] - mean;
  out[0] = (first - pre_emphasis * first) * weights[0];
  for (std::size_t n = 1; n < window_samples; ++n) {
    const float before = samples[n - 1] - mean;
    const float here = samples[n] - mean;
    out[n] = (here - pre_emphasis * before) * weights[n];
  }
}

// The power spectra of windows at frames * 10 ms, one after another.
class WindowedPower {
 public:
  explicit WindowedPower(std::span<const float> clip)
      : samples_(without_mean(clip)),
        sums_(block_sums(samples_)),
        spectrum_(static_cast<std::size_t>(bins())) {}

  static int bins() { return fft().bins(); }

  // The spectrum of window t, bins() values.
  void compute(std::size_t t, std::span<float> power) {
    static const std::array<float, window_samples> weights = symmetric_hann();
    const std::size_t begin = t * fbank_shift;
    const auto blocks = std::span(sums_).subspan(begin / block_samples, window_samples / block_samples);
    const auto mean = static_cast<float>(std::accumulate(blocks.begin(), blocks.end(), 0.0) / window_samples);
    const std::span<float> buffer = fft().scratch();
    prepare_window(std::span(samples_).subspan(begin, window_samples), mean, weights, buffer);
    std::fill(buffer.begin() + window_samples, buffer.end(), 0.0f);
    fft().forward_from_scratch(spectrum_);
    std::ranges::transform(spectrum_, power.begin(), [](std::complex<float> value) {
      return value.real() * value.real() + value.imag() * value.imag();
    });
  }

 private:
  static RealFft& fft() {
    static thread_local RealFft planned{n_fft};
    return planned;
  }

  std::vector<float> samples_;
  std::vector<double> sums_;
  std::vector<std::complex<float>> spectrum_;
};

}  // namespace

int fbank_frames(std::size_t samples) {
  return samples < window_samples ? 0 : static_cast<int>(1 + (samples - window_samples) / fbank_shift);
}

std::vector<float> fbank(std::span<const float> clip) {
  static const FilterBank filters = kaldi_mel_filters(study_rate, n_fft, fbank_mel_bins);
  constexpr std::size_t frames_at_once = 32;  // their spectra stay in the processor's nearest cache
  const auto frames = static_cast<std::size_t>(fbank_frames(clip.size()));
  if (frames == 0) return {};
  WindowedPower windows(clip);
  const auto bins = static_cast<std::size_t>(windows.bins());
  std::vector<float> power(frames_at_once * bins);
  std::vector<float> values(frames * fbank_mel_bins);

  for (std::size_t begin = 0; begin < frames; begin += frames_at_once) {
    const std::size_t count = std::min(frames_at_once, frames - begin);
    for (std::size_t i = 0; i < count; ++i)
      windows.compute(begin + i, std::span(power).subspan(i * bins, bins));
    filters.apply(std::span(power).first(count * bins),
                  std::span(values).subspan(begin * fbank_mel_bins, count * fbank_mel_bins));
  }
  for (float& value : values) value = std::max(value, std::numeric_limits<float>::epsilon());
  take_logarithms(values);
  return values;
}

}  // namespace musicmem::features
