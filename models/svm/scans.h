// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <span>

// The two passes over all rows that a step of the solver makes, for the registers of the processor at hand. All give
// the same bits.
namespace musicmem::models {

// Of each row, how far the two ends of its tube lie above its score.
struct Excesses {
  std::span<double> above;
  std::span<double> below;
};

// Which end counts for each row: `above` where the number is 0, `below` where it is -0; a row with an infinite number
// does not count. The value of a row is that of its end, or infinite.
using Ends = std::span<const double>;
inline constexpr double end_above = 0.0;
inline constexpr double end_below = -0.0;

inline constexpr double least_curvature = 1e-12;  // in place of none

// A largest value, and the last of the rows that have it.
struct Largest {
  double value = 0.0;  // -infinity where no row counts
  std::size_t row = 0;
  bool may_be_tied = false;  // other rows may have the same
};

// Changes both ends of each row t by -(first_change first[t] + second_change second[t]), and gives the largest value.
Largest update_and_find(const Excesses& excesses, Ends ends, std::span<const float> first,
                        double first_change, std::span<const float> second, double second_change);

struct SecondRow {
  double least = 0.0;  // of all values
  Largest gain;        // (largest - value)^2 / curvature of rows whose value is below `largest`
};

// `kernel`: between the first row, whose own is `diagonal`, and each row t, whose own is diagonals[t]; the curvature of
// both is diagonal + diagonals[t] - 2 kernel[t], 1e-12 where that is not above 0.
SecondRow find_second(const Excesses& excesses, Ends ends, double largest, std::span<const float> kernel,
                      double diagonal, std::span<const double> diagonals);

// Of one row.
inline double value_of(const Excesses& excesses, Ends ends, std::size_t row) {
  return (__builtin_signbit(ends[row]) ? excesses.below[row] : excesses.above[row]) + ends[row];
}
inline double gain_of(double largest, double value, double curvature) {
  const double difference = largest - value;
  return difference * difference / (curvature > 0.0 ? curvature : least_curvature);
}

}  // namespace musicmem::models
