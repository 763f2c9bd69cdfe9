// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/spectra/running_median.h"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <limits>

namespace musicmem::features {

// Where the newest value is the larger, values from the oldest one's place on move down until the newest fits
// in between; otherwise values up to that place move up.
void RunningMedian::replace(const Window& from, float oldest, float newest, Window& to) {
  if (newest > oldest) {
    for (std::size_t k = 1; k <= lanes; ++k) {
      const float here = from[k];
      const float above = from[k + 1];
      const float lower = above < newest ? above : newest;
      const float moved = here > lower ? here : lower;
      to[k] = here < oldest ? here : moved;
    }
  } else {
    for (std::size_t k = 1; k <= lanes; ++k) {
      const float here = from[k];
      const float below = from[k - 1];
      const float higher = below > newest ? below : newest;
      const float moved = here < higher ? here : higher;
      to[k] = here > oldest ? here : moved;
    }
  }
}

void RunningMedian::mirror(std::span<const float> in) {
  constexpr std::ptrdiff_t half = width / 2;
  const auto size = static_cast<std::ptrdiff_t>(in.size());
  const auto reflected = [&](std::ptrdiff_t i) {
    const std::ptrdiff_t place = ((i % (2 * size)) + 2 * size) % (2 * size);
    return in[static_cast<std::size_t>(place < size ? place : 2 * size - 1 - place)];
  };
  padded_.clear();
  for (std::ptrdiff_t i = -half; i < 0; ++i) padded_.push_back(reflected(i));
  padded_.insert(padded_.end(), in.begin(), in.end());
  for (std::ptrdiff_t i = size; i < size + half; ++i) padded_.push_back(reflected(i));
}

void RunningMedian::filter(std::span<const float> in, std::span<float> out) {
  assert(in.size() == out.size());
  if (in.empty()) return;
  mirror(in);
  constexpr float infinity = std::numeric_limits<float>::infinity();
  std::array<Window, 2> windows;  // the current one and the next, by turns
  for (Window& window : windows) {
    window.fill(infinity);
    window[0] = -infinity;
  }
  std::copy_n(padded_.begin(), width, windows[0].begin() + 1);
  std::sort(windows[0].begin() + 1, windows[0].begin() + 1 + width);

  constexpr std::size_t middle = 1 + width / 2;
  out[0] = windows[0][middle];
  for (std::size_t i = 1; i < in.size(); ++i) {
    Window& next = windows[i % 2];
    replace(windows[(i - 1) % 2], padded_[i - 1], padded_[i - 1 + width], next);
    out[i] = next[middle];
  }
}

}  // namespace musicmem::features
