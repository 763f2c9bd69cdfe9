// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/spectra/mel.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <utility>

namespace musicmem::features {
namespace {

// Slaney's scale: 200/3 Hz per mel below 1 kHz, 27 mels per factor 6.4 above.
constexpr double linear_hertz_per_mel = 200.0 / 3.0;
constexpr double knee_hertz = 1000.0;
constexpr double knee_mel = knee_hertz / linear_hertz_per_mel;
const double log_step = std::log(6.4) / 27.0;

double slaney_mel(double hertz) {
  return hertz < knee_hertz ? hertz / linear_hertz_per_mel
                            : knee_mel + std::log(hertz / knee_hertz) / log_step;
}

double slaney_hertz(double mel) {
  return mel < knee_mel ? mel * linear_hertz_per_mel : knee_hertz * std::exp(log_step * (mel - knee_mel));
}

float htk_mel(float hertz) {
  return 1127.0f * std::log(1.0f + hertz / 700.0f);
}

// The non-zero stretch of a dense row of weights.
FilterBank::Filter compact(std::span<const float> row) {
  const auto positive = [](float weight) { return weight > 0.0f; };
  const auto first = std::find_if(row.begin(), row.end(), positive);
  const auto last = std::find_if(row.rbegin(), std::make_reverse_iterator(first), positive).base();
  return {static_cast<int>(first - row.begin()), std::vector<float>(first, last)};
}

}  // namespace

FilterBank::FilterBank(int bins, std::vector<Filter> filters) : bins_(bins), filters_(std::move(filters)) {
  for ([[maybe_unused]] const Filter& filter : filters_) {
    assert(filter.weights.empty() || filter.first_bin + static_cast<int>(filter.weights.size()) <= bins_);
  }
}

void FilterBank::apply(std::span<const float> power, std::span<float> energies) const {
  // Eight frames side by side: sums run along the frames, which vectorises and keeps each sum's order fixed.
  constexpr std::size_t lanes = 8;
  const auto width = static_cast<std::size_t>(bins_);
  const std::size_t count = filters_.size();
  const std::size_t frames = power.size() / width;
  assert(frames * width == power.size() && frames * count == energies.size());
  std::vector<float> block(width * lanes);

  for (std::size_t begin = 0; begin < frames; begin += lanes) {
    const std::size_t used = std::min(lanes, frames - begin);
    for (std::size_t lane = 0; lane < used; ++lane) {
      const float* frame = power.data() + (begin + lane) * width;
      for (std::size_t bin = 0; bin < width; ++bin) block[bin * lanes + lane] = frame[bin];
    }
    for (std::size_t i = 0; i < count; ++i) {
      std::array<float, lanes> sums{};
      const float* column = block.data() + static_cast<std::size_t>(filters_[i].first_bin) * lanes;
      for (const float weight : filters_[i].weights) {
        for (std::size_t lane = 0; lane < lanes; ++lane) sums[lane] += weight * column[lane];
        column += lanes;
      }
      for (std::size_t lane = 0; lane < used; ++lane) energies[(begin + lane) * count + i] = sums[lane];
    }
  }
}

FilterBank slaney_mel_filters(int rate, int n_fft, int count) {
  const int bins = n_fft / 2 + 1;
  const double top = slaney_mel(rate / 2.0);
  const auto edge = [&](int i) { return slaney_hertz(top * i / (count + 1)); };
  std::vector<FilterBank::Filter> filters;
  std::vector<float> row(static_cast<std::size_t>(bins));

  for (int i = 0; i < count; ++i) {
    const double left = edge(i);
    const double centre = edge(i + 1);
    const double right = edge(i + 2);
    const double energy_norm = 2.0 / (right - left);
    for (int k = 0; k < bins; ++k) {
      const double hertz = static_cast<double>(k) * rate / n_fft;
      const double rise = (hertz - left) / (centre - left);
      const double fall = (right - hertz) / (right - centre);
      row[static_cast<std::size_t>(k)] =
          static_cast<float>(energy_norm * std::max(0.0, std::min(rise, fall)));
    }
    filters.push_back(compact(row));
  }
  return {bins, std::move(filters)};
}

FilterBank kaldi_mel_filters(int rate, int n_fft, int count) {
  constexpr double low_hertz = 20.0;
  const auto mel_of = [](double hertz) { return 1127.0 * std::log(1.0 + hertz / 700.0); };
  const auto low = static_cast<float>(mel_of(low_hertz));
  const auto step = static_cast<float>((mel_of(rate / 2.0) - mel_of(low_hertz)) / (count + 1));
  const auto bin_width = static_cast<float>(static_cast<double>(rate) / n_fft);
  std::vector<FilterBank::Filter> filters;
  std::vector<float> row(static_cast<std::size_t>(n_fft / 2));

  for (int i = 0; i < count; ++i) {
    const float left = low + static_cast<float>(i) * step;
    const float centre = low + static_cast<float>(i + 1) * step;
    const float right = low + static_cast<float>(i + 2) * step;
    for (std::size_t k = 0; k < row.size(); ++k) {
      const float mel = htk_mel(bin_width * static_cast<float>(k));
      const float rise = (mel - left) / (centre - left);
      const float fall = (right - mel) / (right - centre);
      row[k] = std::max(0.0f, std::min(rise, fall));
    }
    filters.push_back(compact(row));
  }
  return {n_fft / 2 + 1, std::move(filters)};
}

}  // namespace musicmem::features
