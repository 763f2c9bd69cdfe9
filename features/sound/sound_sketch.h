// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

// Bits that tell how far two lists of numbers point into one direction, for a small part of what their
// correlation takes.
namespace musicmem::features {

// Signs of projections, in two halves: most pairs are told apart by one. Of two lists whose correlation (of
// numbers as they are, not against their means) is r, each bit differs with probability arccos(r) / pi (Charikar,
// 2002).
using SketchHalf = std::array<std::uint64_t, 2>;
inline constexpr int half_sketch_bits = 128;
struct SoundSketch {
  std::array<SketchHalf, 2> halves = {};
};

// Sketches lists of at most `longest` numbers, shorter ones as if zeros followed. Projections are rows of a
// Hadamard matrix after random signs (Ailon and Chazelle, 2009), the same in every program.
class SoundSketcher {
 public:
  explicit SoundSketcher(std::size_t longest);

  SoundSketch operator()(std::span<const float> values) const;

 private:
  std::vector<float> signs_;
  std::vector<std::size_t> rows_;  // of the matrix, one for each bit
};

int differing(const SoundSketch& a, const SoundSketch& b);

// Up to 32 sketches, their halves apart.
struct SketchList {
  std::span<const SketchHalf> first;
  std::span<const SketchHalf> second;
};

// Bit w of the result: whether a[w] and b[w] differ in at most `most_in_half` bits of their first halves, and in at
// most `most` of both.
std::uint32_t those_alike(const SketchList& a, const SketchList& b, int most_in_half, int most);

}  // namespace musicmem::features
