// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/svm/scans.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>

namespace musicmem::models {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

// Numbers that are worked on together, and the rows that they stand for.
struct Two {
  static constexpr std::size_t count = 2;
  using Numbers = double __attribute__((vector_size(16)));
  using Floats = float __attribute__((vector_size(8)));
  using Rows = std::int64_t __attribute__((vector_size(16)));
};
struct Four {
  static constexpr std::size_t count = 4;
  using Numbers = double __attribute__((vector_size(32)));
  using Floats = float __attribute__((vector_size(16)));
  using Rows = std::int64_t __attribute__((vector_size(32)));
};
struct Eight {
  static constexpr std::size_t count = 8;
  using Numbers = double __attribute__((vector_size(64)));
  using Floats = float __attribute__((vector_size(32)));
  using Rows = std::int64_t __attribute__((vector_size(64)));
};

// Vectors are handed on by reference: how they would be returned depends on the processor.
template <class To, class From>
[[gnu::always_inline]] inline void load(const From* from, To& to) {
  std::memcpy(&to, from, sizeof(to));
}

template <class Wide>
[[gnu::always_inline]] inline void load_floats(const float* from, typename Wide::Numbers& to) {
  typename Wide::Floats floats;
  load(from, floats);
  to = __builtin_convertvector(floats, typename Wide::Numbers);
}

// The largest of values that come in the order of their rows.
template <class Wide>
class Search {
 public:
  using Numbers = typename Wide::Numbers;
  using Rows = typename Wide::Rows;

  [[gnu::always_inline]] Search() {
    for (std::size_t lane = 0; lane < Wide::count; ++lane) {
      best_[lane] = lowest;
      row_[lane] = 0;
      is_tied_[lane] = 0;
      now_[lane] = static_cast<std::int64_t>(lane);
    }
  }

  [[gnu::always_inline]] void look_at(const Numbers& values) {
    const Rows is_better = values >= best_;
    is_tied_ |= values == best_;
    best_ = is_better ? values : best_;
    row_ = is_better ? now_ : row_;
    now_ += static_cast<std::int64_t>(Wide::count);
  }

  [[gnu::always_inline]] Largest result() const {
    Largest found{lowest, 0};
    for (std::size_t lane = 0; lane < Wide::count; ++lane) {
      found.may_be_tied = found.may_be_tied || is_tied_[lane] != 0;
      take(found, best_[lane], static_cast<std::size_t>(row_[lane]));
    }
    return found;
  }

  // One more value.
  [[gnu::always_inline]] static void take(Largest& found, double value, std::size_t row) {
    if (value < found.value) return;
    const bool is_equal = value == found.value;
    found = {value, is_equal ? std::max(row, found.row) : row, found.may_be_tied || is_equal};
  }

  [[gnu::always_inline]] static Largest settled(const Largest& found) {
    return found.value == lowest ? Largest{-infinity, 0} : found;
  }

 private:
  static constexpr double lowest =
      std::numeric_limits<double>::lowest();  // above -infinity, which is no value

  Numbers best_;
  Rows row_;
  Rows is_tied_;
  Rows now_;  // rows of the next values
};

// Of rows that are worked on together.
template <class Wide>
[[gnu::always_inline]] inline void load_values(const typename Wide::Numbers& above,
                                               const typename Wide::Numbers& below, const double* ends,
                                               typename Wide::Numbers& values) {
  typename Wide::Numbers end;
  typename Wide::Rows bits;
  load(ends, end);
  load(ends, bits);
  values = (bits < 0 ? below : above) + end;
}

template <class Wide>
[[gnu::always_inline]] inline Largest update_and_find_with(const Excesses& excesses, Ends ends,
                                                           const float* first, double first_change,
                                                           const float* second, double second_change) {
  using Numbers = typename Wide::Numbers;
  double* const above = excesses.above.data();
  double* const below = excesses.below.data();
  Search<Wide> search;
  std::size_t t = 0;
  for (; t + Wide::count <= ends.size(); t += Wide::count) {
    Numbers kernel_first, kernel_second, above_now, below_now, values;
    load_floats<Wide>(first + t, kernel_first);
    load_floats<Wide>(second + t, kernel_second);
    load(above + t, above_now);
    load(below + t, below_now);
    const Numbers change = kernel_first * first_change + kernel_second * second_change;
    above_now -= change;
    below_now -= change;
    std::memcpy(above + t, &above_now, sizeof(above_now));
    std::memcpy(below + t, &below_now, sizeof(below_now));
    load_values<Wide>(above_now, below_now, ends.data() + t, values);
    search.look_at(values);
  }
  Largest found = search.result();
  for (; t < ends.size(); ++t) {
    const double change =
        static_cast<double>(first[t]) * first_change + static_cast<double>(second[t]) * second_change;
    above[t] -= change;
    below[t] -= change;
    Search<Wide>::take(found, value_of(excesses, ends, t), t);
  }
  return Search<Wide>::settled(found);
}

template <class Wide>
[[gnu::always_inline]] inline SecondRow find_second_with(const Excesses& excesses, Ends ends, double largest,
                                                         const float* kernel, double diagonal,
                                                         const double* diagonals) {
  using Numbers = typename Wide::Numbers;
  Search<Wide> gains;
  Numbers least = Numbers{} + infinity;
  std::size_t t = 0;
  for (; t + Wide::count <= ends.size(); t += Wide::count) {
    Numbers above, below, values, between, curvature;
    load(excesses.above.data() + t, above);
    load(excesses.below.data() + t, below);
    load_values<Wide>(above, below, ends.data() + t, values);
    load_floats<Wide>(kernel + t, between);
    load(diagonals + t, curvature);
    least = values < least ? values : least;
    const Numbers difference = largest - values;
    curvature = curvature + diagonal - 2.0 * between;
    curvature = curvature > 0.0 ? curvature : Numbers{} + least_curvature;
    gains.look_at(difference > 0.0 ? difference * difference / curvature : Numbers{} - infinity);
  }
  SecondRow found{infinity, gains.result()};
  for (std::size_t lane = 0; lane < Wide::count; ++lane) found.least = std::min(found.least, least[lane]);
  for (; t < ends.size(); ++t) {
    const double value = value_of(excesses, ends, t);
    found.least = std::min(found.least, value);
    if (!(value < largest)) continue;
    const double curvature = diagonals[t] + diagonal - 2.0 * static_cast<double>(kernel[t]);
    Search<Wide>::take(found.gain, gain_of(largest, value, curvature), t);
  }
  found.gain = Search<Wide>::settled(found.gain);
  return found;
}

struct Scans {
  Largest (*update_and_find)(const Excesses&, Ends, const float*, double, const float*, double);
  SecondRow (*find_second)(const Excesses&, Ends, double, const float*, double, const double*);
};

Largest update_and_find_anywhere(const Excesses& excesses, Ends ends, const float* first, double first_change,
                                 const float* second, double second_change) {
  return update_and_find_with<Two>(excesses, ends, first, first_change, second, second_change);
}

SecondRow find_second_anywhere(const Excesses& excesses, Ends ends, double largest, const float* kernel,
                               double diagonal, const double* diagonals) {
  return find_second_with<Two>(excesses, ends, largest, kernel, diagonal, diagonals);
}

#ifdef __x86_64__
[[gnu::target("avx2")]] Largest update_and_find_wide(const Excesses& excesses, Ends ends, const float* first,
                                                     double first_change, const float* second,
                                                     double second_change) {
  return update_and_find_with<Four>(excesses, ends, first, first_change, second, second_change);
}

[[gnu::target("avx2")]] SecondRow find_second_wide(const Excesses& excesses, Ends ends, double largest,
                                                   const float* kernel, double diagonal,
                                                   const double* diagonals) {
  return find_second_with<Four>(excesses, ends, largest, kernel, diagonal, diagonals);
}

[[gnu::target("avx512f,avx512dq")]] Largest update_and_find_widest(const Excesses& excesses, Ends ends,
                                                                   const float* first, double first_change,
                                                                   const float* second,
                                                                   double second_change) {
  return update_and_find_with<Eight>(excesses, ends, first, first_change, second, second_change);
}

[[gnu::target("avx512f,avx512dq")]] SecondRow find_second_widest(const Excesses& excesses, Ends ends,
                                                                 double largest, const float* kernel,
                                                                 double diagonal, const double* diagonals) {
  return find_second_with<Eight>(excesses, ends, largest, kernel, diagonal, diagonals);
}

Scans fastest_scans() {
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq"))
    return {update_and_find_widest, find_second_widest};
  if (__builtin_cpu_supports("avx2")) return {update_and_find_wide, find_second_wide};
  return {update_and_find_anywhere, find_second_anywhere};
}
#else
Scans fastest_scans() {
  return {update_and_find_anywhere, find_second_anywhere};
}
#endif

const Scans scans = fastest_scans();

}  // namespace

Largest update_and_find(const Excesses& excesses, Ends ends, std::span<const float> first,
                        double first_change, std::span<const float> second, double second_change) {
  return scans.update_and_find(excesses, ends, first.data(), first_change, second.data(), second_change);
}

SecondRow find_second(const Excesses& excesses, Ends ends, double largest, std::span<const float> kernel,
                      double diagonal, std::span<const double> diagonals) {
  return scans.find_second(excesses, ends, largest, kernel.data(), diagonal, diagonals.data());
}

}  // namespace musicmem::models
