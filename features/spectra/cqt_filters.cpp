// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/spectra/cqt_filters.h"

#include "features/spectra/fft.h"
#include "features/spectra/stft.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <numeric>
#include <span>

namespace musicmem::features {
namespace {

constexpr double sparsity = 0.01;

// Bandwidth over frequency of a filter in a scale of `count` equal steps per octave.
double relative_bandwidth(int count) {
  const double two_steps = std::exp2(2.0 / count);
  return (two_steps - 1.0) / (two_steps + 1.0);
}

// A windowed sinusoid of `length` samples (a real number) in the middle of n_fft
// zeros, as real and imaginary parts.
struct Wavelet {
  std::vector<float> re;
  std::vector<float> im;
};

Wavelet make_wavelet(double radians_per_sample, double length, int n_fft) {
  const int begin = static_cast<int>(std::floor(-length / 2.0));
  const int samples = static_cast<int>(std::floor(length / 2.0)) - begin;
  const std::vector<double> window = periodic_window<double>(Window::hann, samples);
  const double sum = std::accumulate(window.begin(), window.end(), 0.0);
  const double scale = length / (sum * n_fft * std::sqrt(length));

  Wavelet wavelet{std::vector<float>(static_cast<std::size_t>(n_fft)),
                  std::vector<float>(static_cast<std::size_t>(n_fft))};
  const int pad = (n_fft - samples) / 2;
  const std::complex<double> turn = std::polar(1.0, radians_per_sample);
  std::complex<double> phasor = std::polar(scale, begin * radians_per_sample);
  for (int n = 0; n < samples; ++n, phasor *= turn) {
    const double weight = window[static_cast<std::size_t>(n)];
    wavelet.re[static_cast<std::size_t>(pad + n)] = static_cast<float>(weight * phasor.real());
    wavelet.im[static_cast<std::size_t>(pad + n)] = static_cast<float>(weight * phasor.imag());
  }
  return wavelet;
}

// The non-negative frequencies of a complex signal's transform.
std::vector<std::complex<float>> spectrum_of(const Wavelet& wavelet, const RealFft& fft) {
  const auto bins = static_cast<std::size_t>(fft.bins());
  std::vector<std::complex<float>> spectrum(bins), imaginary(bins);
  fft.forward(wavelet.re, spectrum);
  fft.forward(wavelet.im, imaginary);
  for (std::size_t k = 0; k < bins; ++k)
    spectrum[k] += std::complex(-imaginary[k].imag(), imaginary[k].real());
  return spectrum;
}

// The smallest of the largest magnitudes that together hold more than 1 - sparsity of the sum of all.
float least_kept(std::vector<float> magnitudes) {
  const double enough = (1.0 - sparsity) * std::accumulate(magnitudes.begin(), magnitudes.end(), 0.0);
  std::ranges::make_heap(magnitudes);
  double held = 0.0;
  for (auto end = magnitudes.end(); end != magnitudes.begin(); --end) {
    held += magnitudes.front();
    if (held > enough) return magnitudes.front();
    std::pop_heap(magnitudes.begin(), end);
  }
  return 0.0f;
}

CqtFilterBank::Filter sparsify(std::vector<std::complex<float>> spectrum) {
  std::vector<float> magnitudes(spectrum.size());
  std::ranges::transform(spectrum, magnitudes.begin(),
                         [](const auto& value) { return std::sqrt(std::norm(value)); });
  const float threshold = least_kept(magnitudes);
  std::size_t first = spectrum.size(), last = 0;
  for (std::size_t k = 0; k < spectrum.size(); ++k) {
    if (magnitudes[k] < threshold) {
      spectrum[k] = 0.0f;
    } else {
      first = std::min(first, k);
      last = k;
    }
  }
  const auto begin = spectrum.begin();
  return {static_cast<int>(first),
          {begin + static_cast<std::ptrdiff_t>(first), begin + static_cast<std::ptrdiff_t>(last) + 1}};
}

}  // namespace

CqtFilterBank make_cqt_filters(double sample_rate, double lowest, int count, double tuning) {
  const double quality = 1.0 / relative_bandwidth(count);
  const auto frequency = [&](int k) {
    return lowest * std::exp2(tuning / count) * std::exp2(static_cast<double>(k) / count);
  };
  const double longest = quality * sample_rate / frequency(0);
  assert(frequency(count) < sample_rate / 2.0);

  CqtFilterBank bank;
  bank.n_fft = static_cast<int>(std::exp2(std::ceil(std::log2(longest))));
  bank.first_bin = bank.n_fft;
  const RealFft fft(bank.n_fft);
  for (int k = 0; k < count; ++k) {
    const double length = quality * sample_rate / frequency(k);
    const double radians_per_sample = 2.0 * std::numbers::pi * frequency(k) / sample_rate;
    bank.filters.push_back(sparsify(spectrum_of(make_wavelet(radians_per_sample, length, bank.n_fft), fft)));
    const CqtFilterBank::Filter& filter = bank.filters.back();
    bank.first_bin = std::min(bank.first_bin, filter.first_bin);
    bank.end_bin = std::max(bank.end_bin, filter.first_bin + static_cast<int>(filter.spectrum.size()));
  }
  return bank;
}

}  // namespace musicmem::features
