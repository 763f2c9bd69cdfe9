// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <random>
#include <utility>
#include <vector>

namespace musicmem::models {

// Random numbers that are the same on every platform: the standard fixes the engine's numbers but not what
// its distributions and std::shuffle make of them.
class Generator {
 public:
  explicit Generator(std::uint64_t seed) : engine_(seed) {}

  // Uniform in [0, 1), a multiple of 2^-53.
  double uniform();

  // Uniform in 0 .. bound-1; bound is at least 1.
  std::uint64_t below(std::uint64_t bound);

  // Fisher-Yates: every order is equally likely.
  template <class T>
  void shuffle(std::vector<T>& values) {
    for (std::size_t last = values.size(); last > 1; --last) {
      std::swap(values[last - 1], values[static_cast<std::size_t>(below(last))]);
    }
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace musicmem::models
