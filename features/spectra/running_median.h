// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <span>
#include <vector>

namespace musicmem::features {

// The median of 31 neighbouring values, slid along a signal whose ends are mirrored (the first and last value
// included): scipy.ndimage.median_filter with mode "reflect" along one axis.
//
// The window is kept in order. One step takes the oldest value out and puts the newest in by one pass of
// minima and maxima over the whole window, without a search: 32 independent lanes, which compilers vectorise.
class RunningMedian {
 public:
  static constexpr int width = 31;

  // `out` has the size of `in`; values are finite. The two may be the same memory.
  void filter(std::span<const float> in, std::span<float> out);

 private:
  static constexpr int lanes = 32;  // the 31 values in order and one plus infinity, between sentinels
  using Window = std::array<float, lanes + 2>;

  static void replace(const Window& from, float oldest, float newest, Window& to);
  void mirror(std::span<const float> in);

  std::vector<float> padded_;
};

}  // namespace musicmem::features
