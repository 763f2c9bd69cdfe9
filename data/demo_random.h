// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <random>

namespace musicmem::data {

// Random numbers of the synthetic study: the same on every platform, which the standard library promises for
// the Mersenne twister but not for its distributions.
class DemoRandom {
 public:
  explicit DemoRandom(std::uint64_t seed) : engine_(seed) {}

  // Uniform in [0, 1).
  double uniform();
  // Uniform in [low, high).
  double uniform(double low, double high) { return low + (high - low) * uniform(); }
  // Uniform over 0 .. count - 1; count >= 1.
  int below(int count) { return static_cast<int>(uniform() * count); }
  // True with the given probability.
  bool chance(double probability) { return uniform() < probability; }
  // Standard normal (Box and Muller 1958, the cosine branch).
  double normal();

 private:
  std::mt19937_64 engine_;
};

}  // namespace musicmem::data
