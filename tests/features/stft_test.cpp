// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/spectra/stft.h"

#include <cmath>
#include <complex>
#include <numbers>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace musicmem::features {
namespace {

std::vector<float> noise(std::size_t samples) {
  std::mt19937 generator(11);
  std::vector<float> y(samples);
  for (float& value : y) value = static_cast<float>(generator()) / 2147483648.0f - 1.0f;
  return y;
}

// One frame of the transform as its definition says, in double.
std::complex<double> slow_bin(const std::vector<float>& y, int start, int n_fft, int bin, Window window) {
  std::complex<double> sum = 0.0;
  for (int n = 0; n < n_fft; ++n) {
    const int position = start + n;
    if (position < 0 || position >= static_cast<int>(y.size())) continue;
    const double turn = 2.0 * std::numbers::pi * n / n_fft;
    const double weight = window == Window::hann ? 0.5 - 0.5 * std::cos(turn) : 1.0;
    sum += weight * y[static_cast<std::size_t>(position)] * std::polar(1.0, -turn * bin);
  }
  return sum;
}

TEST(RealFft, inverse_gives_back_the_signal) {
  for (const int size : {1, 2, 15, 512}) {
    const RealFft fft(size);
    const std::vector<float> y = noise(static_cast<std::size_t>(size));
    std::vector<std::complex<float>> spectrum(static_cast<std::size_t>(fft.bins()));
    std::vector<float> back(y.size());

    fft.forward(y, spectrum);
    fft.inverse(spectrum, back);

    for (std::size_t n = 0; n < y.size(); ++n) EXPECT_NEAR(back[n], y[n], 1e-6);
  }
}

TEST(Stft, equals_the_plain_sum_at_centred_frames_with_zeros_around) {
  constexpr int n_fft = 64, hop = 20;
  const std::vector<float> y = noise(130);
  for (const Window window : {Window::hann, Window::rectangular}) {
    const Stft stft(n_fft, hop, window);
    std::vector<std::complex<float>> out;

    stft.transform(y, out);

    ASSERT_EQ(stft.frames(y.size()), 7);
    ASSERT_EQ(out.size(), 7u * 33u);
    for (int t = 0; t < 7; ++t) {
      for (int k = 0; k < 33; ++k) {
        const std::complex<double> expected = slow_bin(y, t * hop - n_fft / 2, n_fft, k, window);
        EXPECT_NEAR(std::abs(std::complex<double>(out[static_cast<std::size_t>(t * 33 + k)]) - expected), 0.0,
                    1e-5);
      }
    }
  }
}

TEST(Stft, takes_signals_shorter_than_a_frame) {
  const Stft stft(512, 128);
  std::vector<std::complex<float>> out;

  stft.transform({}, out);
  ASSERT_EQ(out.size(), 257u);
  EXPECT_EQ(std::abs(out[0]), 0.0f);

  stft.transform(std::vector<float>{1.0f}, out);  // centred, where the window is one
  ASSERT_EQ(out.size(), 257u);
  EXPECT_NEAR(std::abs(out[100]), 1.0f, 1e-6f);
}

}  // namespace
}  // namespace musicmem::features
