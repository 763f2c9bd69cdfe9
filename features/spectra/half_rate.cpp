// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/spectra/half_rate.h"

#include <algorithm>
#include <cstddef>
#include <new>
#include <numbers>

#include <soxr.h>

namespace musicmem::features {
namespace {

constexpr std::size_t block_size = 2048;
constexpr std::size_t reach = 200;  // libsoxr's filter has 393 taps; behind them is rounding noise
constexpr std::size_t step = block_size - 2 * reach;

// libsoxr's answer at half the rate to `impulse_at` of a signal that is zero but for a one there.
std::vector<float> soxr_impulse_response(std::size_t samples, std::size_t impulse_at) {
  std::vector<float> impulse(samples), response(samples / 2);
  impulse[impulse_at] = 1.0f;
  const soxr_quality_spec_t quality = soxr_quality_spec(SOXR_HQ, 0);
  std::size_t written = 0;
  const soxr_error_t error = soxr_oneshot(2.0, 1.0, 1, impulse.data(), samples, nullptr, response.data(),
                                          response.size(), &written, nullptr, &quality, nullptr);
  if (error != nullptr) throw std::bad_alloc();  // the arguments are fixed: only memory can be missing
  return response;
}

// One block of the low-pass's impulse response, its middle at index 0 and its negative half wrapped to the
// end. Output m of a decimator is sum_j h[j] y[2 m - j]: an even impulse shows the even taps, an odd one the
// odd taps.
std::vector<double> low_pass_taps() {
  constexpr std::size_t samples = 8 * reach, middle = samples / 2;
  const std::vector<float> even = soxr_impulse_response(samples, middle);
  const std::vector<float> odd = soxr_impulse_response(samples, middle + 1);
  std::vector<double> taps(block_size);
  for (std::size_t m = (middle - reach) / 2; m <= (middle + reach) / 2; ++m) {
    taps[(block_size + 2 * m - middle) % block_size] = even[m];
    taps[(block_size + 2 * m - middle - 1) % block_size] = odd[m];
  }
  return taps;
}

}  // namespace

HalfRate::HalfRate()
    : fft_(block_size),
      half_fft_(block_size / 2),
      response_(static_cast<std::size_t>(fft_.bins())),
      spectrum_(response_.size()),
      folded_(static_cast<std::size_t>(half_fft_.bins())),
      block_(block_size / 2) {
  fft_.forward(low_pass_taps(), spectrum_);
  // The square root of two keeps energy; the half is the fold's mean of two spectra.
  constexpr double gain = std::numbers::sqrt2 / 2.0;
  std::ranges::transform(spectrum_, response_.begin(), [](const auto& value) { return gain * value.real(); });
}

void HalfRate::apply(std::span<const float> y, std::vector<float>& out) {
  out.resize((y.size() + 1) / 2);
  for (std::size_t start = 0; start < y.size(); start += step) {
    load_block(y, start);
    filter_block();
    const std::size_t first = start / 2;
    const std::size_t valid = std::min(step / 2, out.size() - first);
    for (std::size_t m = 0; m < valid; ++m) out[first + m] = static_cast<float>(block_[reach / 2 + m]);
  }
}

// Samples start - reach, start - reach + 1, ... of `y` into the transform's buffer.
void HalfRate::load_block(std::span<const float> y, std::size_t start) {
  const std::span<double> target = fft_.scratch();
  const std::size_t skipped = start < reach ? reach - start : 0;
  const std::size_t from = start + skipped - reach;
  const std::size_t count = std::min(block_size - skipped, y.size() - from);
  std::ranges::fill(target.first(skipped), 0.0);
  std::ranges::copy(y.subspan(from, count), target.begin() + static_cast<std::ptrdiff_t>(skipped));
  std::ranges::fill(target.subspan(skipped + count), 0.0);
}

// Low-passes the loaded block and keeps every second sample, by folding its spectrum at half the rate.
void HalfRate::filter_block() {
  fft_.forward_from_scratch(spectrum_);
  const std::size_t half = block_size / 2;
  for (std::size_t k = 0; k < folded_.size(); ++k) {
    folded_[k] = spectrum_[k] * response_[k] + std::conj(spectrum_[half - k]) * response_[half - k];
  }
  half_fft_.inverse(folded_, block_);
}

}  // namespace musicmem::features
