// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <random>
#include <utility>
#include <vector>

namespace musicmem::data {

// Random numbers that are the same on every platform: the standard fixes the engine's numbers but not what
// its distributions and std::shuffle make of them.
class Generator {
 public:
  explicit Generator(std::uint64_t seed) : engine_(seed) {}

  // Uniform in [0, 1), a multiple of 2^-53.
  double uniform();
  // Uniform in [low, high).
  double uniform(double low, double high) { return low + (high - low) * uniform(); }
  // True with the given probability.
  bool chance(double probability) { return uniform() < probability; }
  // Standard normal (Box and Muller 1958, the cosine branch).
  double normal();

  // 64 random bits.
  std::uint64_t bits() { return engine_(); }

  // Uniform in 0 .. bound-1; bound is at least 1.
  std::uint64_t below(std::uint64_t bound);
  // Uniform over 0 .. count - 1 to within 2^-53, from one number of the engine; count is at least 1.
  int choice(int count) { return static_cast<int>(uniform() * count); }

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

// Generator::below for one bound many times: the same numbers without a division.
class Below {
 public:
  explicit Below(std::uint64_t bound);

  std::uint64_t operator()(Generator& generator) const {
    std::uint64_t number = generator.bits();
    while (number >= limit_) number = generator.bits();
    // Barrett: the estimate of the quotient is at most two too small.
    std::uint64_t rest = number - high_product(number, reciprocal_) * bound_;
    while (rest >= bound_) rest -= bound_;
    return rest;
  }

 private:
  static std::uint64_t high_product(std::uint64_t a, std::uint64_t b) {
    __extension__ using Product = unsigned __int128;
    return static_cast<std::uint64_t>(static_cast<Product>(a) * b >> 64U);
  }

  std::uint64_t bound_;
  std::uint64_t limit_;
  std::uint64_t reciprocal_;  // floor(2^64 / bound), one less where bound divides it
};

}  // namespace musicmem::data
