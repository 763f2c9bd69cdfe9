// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/sound/sound_sketch.h"

#include "data/generator.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <numeric>

namespace musicmem::features {
namespace {

// Products with all rows of the Hadamard matrix, in place; the size is a power of two.
void hadamard_transform(std::vector<float>& values) {
  for (std::size_t half = 1; half < values.size(); half *= 2) {
    for (std::size_t first = 0; first < values.size(); first += 2 * half) {
      float* const low = values.data() + first;
      float* const high = low + half;
      for (std::size_t i = 0; i < half; ++i) {
        const float sum = low[i] + high[i];
        high[i] = low[i] - high[i];
        low[i] = sum;
      }
    }
  }
}

[[gnu::always_inline]] inline int differing_bits(const SketchHalf& a, const SketchHalf& b) {
  return std::popcount(a[0] ^ b[0]) + std::popcount(a[1] ^ b[1]);
}

[[gnu::always_inline]] inline std::uint32_t compare(const SketchList& a, const SketchList& b,
                                                    int most_in_half, int most) {
  std::uint32_t alike = 0;
  for (std::size_t w = 0; w < a.first.size(); ++w) {
    const int in_half = differing_bits(a.first[w], b.first[w]);
    if (in_half <= most_in_half && in_half + differing_bits(a.second[w], b.second[w]) <= most)
      alike |= std::uint32_t{1} << w;
  }
  return alike;
}

using Compare = std::uint32_t(const SketchList&, const SketchList&, int, int);

std::uint32_t compare_anywhere(const SketchList& a, const SketchList& b, int most_in_half, int most) {
  return compare(a, b, most_in_half, most);
}

// The program is built for any processor of its kind; nearly all count bits by an instruction.
#ifdef __x86_64__
[[gnu::target("popcnt")]] std::uint32_t compare_fast(const SketchList& a, const SketchList& b,
                                                     int most_in_half, int most) {
  return compare(a, b, most_in_half, most);
}
Compare* fastest_compare() {
  return __builtin_cpu_supports("popcnt") ? compare_fast : compare_anywhere;
}
#else
Compare* fastest_compare() {
  return compare_anywhere;
}
#endif

Compare* const compare_here = fastest_compare();

}  // namespace

SoundSketcher::SoundSketcher(std::size_t longest)
    : signs_(std::bit_ceil(std::max<std::size_t>(longest, 2 * half_sketch_bits))), rows_(signs_.size()) {
  data::Generator random(1);
  for (float& sign : signs_) sign = random.chance(0.5) ? 1.0F : -1.0F;
  std::iota(rows_.begin(), rows_.end(), std::size_t{0});
  random.shuffle(rows_);
  rows_.resize(2 * half_sketch_bits);
}

SoundSketch SoundSketcher::operator()(std::span<const float> values) const {
  assert(values.size() <= signs_.size());
  std::vector<float> projected(signs_.size(), 0.0F);
  for (std::size_t i = 0; i < values.size(); ++i) projected[i] = signs_[i] * values[i];
  hadamard_transform(projected);
  SoundSketch sketch;
  for (std::size_t bit = 0; bit < rows_.size(); ++bit) {
    const std::uint64_t is_positive = projected[rows_[bit]] > 0.0F ? 1 : 0;
    sketch.halves[bit / half_sketch_bits][bit % half_sketch_bits / 64] |= is_positive << (bit % 64);
  }
  return sketch;
}

int differing(const SoundSketch& a, const SoundSketch& b) {
  return differing_bits(a.halves[0], b.halves[0]) + differing_bits(a.halves[1], b.halves[1]);
}

std::uint32_t those_alike(const SketchList& a, const SketchList& b, int most_in_half, int most) {
  assert(a.first.size() == b.first.size() && a.first.size() <= 32);
  return compare_here(a, b, most_in_half, most);
}

}  // namespace musicmem::features
