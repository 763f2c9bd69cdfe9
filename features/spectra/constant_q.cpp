// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/spectra/constant_q.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <utility>

namespace musicmem::features {
namespace {

const double c1 = 440.0 * std::exp2(-45.0 / 12.0);  // Hz

// An estimated tuning has one of 100 values.
constexpr std::size_t most_banks = 128;

// Frames are multiplied in blocks of this many, so that the sums stay in registers.
constexpr std::size_t block = 16;

// |sum_b weights[b] * (re, im)[b]| of `count` <= block frames; rows of re and im are `stride` apart.
void weigh_block(std::span<const std::complex<float>> weights, const float* re, const float* im,
                 std::size_t stride, std::size_t count, float* magnitude) {
  std::array<float, block> sum_re{}, sum_im{};
  for (const std::complex<float>& weight : weights) {
    const float a = weight.real(), b = weight.imag();
    for (std::size_t t = 0; t < block; ++t) {
      sum_re[t] += a * re[t] - b * im[t];
      sum_im[t] += a * im[t] + b * re[t];
    }
    re += stride;
    im += stride;
  }
  for (std::size_t t = 0; t < count; ++t)
    magnitude[t] = std::sqrt(sum_re[t] * sum_re[t] + sum_im[t] * sum_im[t]);
}

}  // namespace

ConstantQ::ConstantQ(int sample_rate) : sample_rate_(sample_rate) {
  assert(sample_rate >= 9000 && sample_rate <= 32000);
}

const CqtFilterBank& ConstantQ::bank(double tuning) {
  assert(tuning >= -0.5 && tuning <= 0.5);
  if (const auto found = banks_.find(tuning); found != banks_.end()) return found->second;
  if (banks_.size() == most_banks) banks_.clear();
  const double lowest = c1 * std::exp2(octaves - 1);
  return banks_.emplace(tuning, make_cqt_filters(sample_rate_, lowest, bins_per_octave, tuning))
      .first->second;
}

ConstantQ::Magnitudes ConstantQ::magnitudes(std::span<const float> y, double tuning) {
  const CqtFilterBank& filters = bank(tuning);
  if (stfts_.empty() || stfts_.front().n_fft() != filters.n_fft) {
    stfts_.clear();
    for (int i = 0; i < octaves; ++i) stfts_.emplace_back(filters.n_fft, hop >> i, Window::rectangular);
  }
  const int frames = stfts_.front().frames(y.size());
  const auto width = static_cast<std::size_t>(frames);
  Magnitudes result{frames, std::vector<float>(bins * width)};

  for (int halvings = 0; halvings < octaves; ++halvings) {
    if (halvings > 0) {
      half_rate_.apply(halvings == 1 ? y : halved_, next_halved_);
      std::swap(halved_, next_halved_);
    }
    load_spectra(halvings == 0 ? y : halved_, halvings, filters, frames);
    float* row =
        result.values.data() + static_cast<std::size_t>(octaves - 1 - halvings) * bins_per_octave * width;
    for (const CqtFilterBank::Filter& filter : filters.filters) {
      const std::size_t start = static_cast<std::size_t>(filter.first_bin - filters.first_bin) * stride_;
      for (std::size_t t = 0; t < width; t += block) {
        weigh_block(filter.spectrum, re_.data() + start + t, im_.data() + start + t, stride_,
                    std::min(block, width - t), row + t);
      }
      row += width;
    }
  }
  return result;
}

void ConstantQ::load_spectra(std::span<const float> y, int halvings, const CqtFilterBank& bank, int frames) {
  const Stft& stft = stfts_[static_cast<std::size_t>(halvings)];
  const auto first = static_cast<std::size_t>(bank.first_bin);
  const auto count = static_cast<std::size_t>(bank.end_bin) - first;
  stride_ = (static_cast<std::size_t>(frames) + block - 1) / block * block;
  re_.assign(count * stride_, 0.0f);
  im_.assign(count * stride_, 0.0f);
  frame_.resize(static_cast<std::size_t>(stft.bins()));
  for (int t = 0; t < frames; ++t) {
    stft.frame(y, t, frame_);
    for (std::size_t b = 0; b < count; ++b) {
      re_[b * stride_ + static_cast<std::size_t>(t)] = frame_[first + b].real();
      im_[b * stride_ + static_cast<std::size_t>(t)] = frame_[first + b].imag();
    }
  }
}

}  // namespace musicmem::features
