// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/svm/solver.h"

#include "models/svm/scans.h"

#include <algorithm>
#include <cassert>
#include <functional>
#include <limits>
#include <utility>

namespace musicmem::models {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

// A row has two variables from 0 to its cost: `above` pulls its score up, `below` pulls it down.
enum Side : unsigned char { above, below };
constexpr Side sides[] = {above, below};

constexpr double sign(Side side) {
  return side == above ? 1.0 : -1.0;
}

class Solver {
 public:
  Solver(KernelRows& kernel, const SvrTask& task)
      : kernel_(kernel), task_(task), up_(kernel.size()), low_(kernel.size()), at_cost_(kernel.size(), 0.0) {
    assert(task.labels.size() == kernel.size() && task.cost > 0.0 && task.epsilon >= 0.0);
    assert(task.weights.empty() || task.weights.size() == kernel.size());
    costs_.assign(rows(), task.cost);
    for (std::size_t t = 0; t < task.weights.size(); ++t) costs_[t] *= task.weights[t];
    for (std::size_t t = 0; t < rows(); ++t) diagonals_.push_back(kernel.diagonal(t));
    for (const Side side : sides) {
      value_[side].assign(rows(), 0.0);
      active_[side].assign(rows(), true);
      for (const double label : task.labels) excess_[side].push_back(start_of(side, label));
    }
    for (std::size_t v = 0; v < 2 * rows(); ++v) order_.push_back(v);
    place_ = order_;
    refresh_all();
  }

  SvrSolution solve() {
    constexpr std::uint64_t usual_steps = 10'000'000;
    const std::uint64_t variables = 2 * rows();
    const std::uint64_t most_steps = std::max(usual_steps, 100 * variables);
    const std::uint64_t between_shrinkings = std::min<std::uint64_t>(variables, 1000);
    std::uint64_t until_shrinking = between_shrinkings + 1;
    SvrSolution solution;
    for (; solution.steps < most_steps; ++solution.steps) {
      if (--until_shrinking == 0) {
        until_shrinking = between_shrinkings;
        shrink();
      }
      if (!choose_second()) {
        activate_all();
        if (!choose_second()) break;
        until_shrinking = 1;
      }
      step();
    }
    solution.has_converged = solution.steps < most_steps;
    activate_all();
    for (std::size_t t = 0; t < rows(); ++t)
      solution.coefficients.push_back(value_[above][t] - value_[below][t]);
    solution.intercept = intercept();
    return solution;
  }

 private:
  std::size_t rows() const { return kernel_.size(); }
  bool has_tube() const { return task_.epsilon > 0.0; }
  Excesses excesses() { return {excess_[above], excess_[below]}; }

  // A variable by one number, as LIBSVM counts them.
  std::size_t variable(Side side, std::size_t t) const { return side * rows() + t; }
  Side side_of(std::size_t v) const { return v < rows() ? above : below; }
  std::size_t row_of(std::size_t v) const { return v % rows(); }

  bool is_at_cost(Side side, std::size_t t) const { return value_[side][t] >= costs_[t]; }
  bool is_at_zero(Side side, std::size_t t) const { return value_[side][t] <= 0.0; }
  bool is_free(Side side, std::size_t t) const { return !is_at_cost(side, t) && !is_at_zero(side, t); }
  bool can_grow(Side side, std::size_t t) const { return active_[side][t] && !is_at_cost(side, t); }
  bool can_fall(Side side, std::size_t t) const { return active_[side][t] && !is_at_zero(side, t); }

  // Of a score of 0.
  double start_of(Side side, double label) const {
    return side == above ? -(task_.epsilon - label) : task_.epsilon + label;
  }
  double gradient(Side side, std::size_t t) const { return -sign(side) * excess_[side][t]; }

  // The variable that would move where the row's score is to go up, and down: where both can, the one that gains more.
  // Without a tube they gain alike, and the one that is later in the order moves.
  Side side_up(std::size_t t) const {
    if (!can_fall(below, t)) return above;
    return has_tube() || !can_grow(above, t) ? below : later_side(t);
  }
  Side side_down(std::size_t t) const {
    if (!can_fall(above, t)) return below;
    return has_tube() || !can_grow(below, t) ? above : later_side(t);
  }
  Side later_side(std::size_t t) const {
    return place_[variable(above, t)] > place_[variable(below, t)] ? above : below;
  }

  void refresh(std::size_t t) {
    const Side up = side_up(t);
    const bool can_go_up = up == below || can_grow(above, t);
    up_[t] = !can_go_up ? -infinity : up == above ? end_above : end_below;
    const Side down = side_down(t);
    const bool can_go_down = down == above || can_grow(below, t);
    low_[t] = !can_go_down ? infinity : down == above ? end_above : end_below;
  }

  void refresh_all() {
    for (std::size_t t = 0; t < rows(); ++t) refresh(t);
    first_ = {-infinity, 0, true};
    for (std::size_t t = 0; t < rows(); ++t)
      first_.value = std::max(first_.value, value_of(excesses(), up_, t));
    settle_first();
  }

  // Of rows that ask for the same, as two do that were a pair, the one whose variable is last in the order.
  void settle_first() {
    if (!first_.may_be_tied) return;
    std::size_t last = 0;
    for (std::size_t t = 0; t < rows(); ++t) {
      const std::size_t place = place_[variable(side_up(t), t)];
      if (place < last || value_of(excesses(), up_, t) != first_.value) continue;
      last = place;
      first_.row = t;
    }
  }

  void settle_second() {
    if (!second_.gain.may_be_tied) return;
    std::size_t last = 0;
    const std::span<const float> kernel = kernel_.row(first_.row);
    for (std::size_t t = 0; t < rows(); ++t) {
      const std::size_t place = place_[variable(side_down(t), t)];
      const double value = value_of(excesses(), low_, t);
      if (place < last || !(value < first_.value)) continue;
      if (gain_of(first_.value, value, curvature(kernel, first_.row, t)) != second_.gain.value) continue;
      last = place;
      second_.gain.row = t;
    }
  }

  // `kernel`: the row of i.
  double curvature(std::span<const float> kernel, std::size_t i, std::size_t j) const {
    return diagonals_[j] + diagonals_[i] - 2.0 * static_cast<double>(kernel[j]);
  }

  // Takes all variables in again. The excesses of those that were left out are summed anew: from what all at the cost
  // give, then from the free ones in order.
  void activate_all() {
    if (std::ranges::all_of(active_[above], std::identity()) &&
        std::ranges::all_of(active_[below], std::identity()))
      return;
    std::vector<double> anew[2];
    for (const Side side : sides) {
      for (std::size_t t = 0; t < rows(); ++t) {
        const double at_cost = sign(side) * at_cost_[t];
        const double sum = at_cost - sign(side) * start_of(side, task_.labels[t]);
        anew[side].push_back(-sign(side) * sum);
      }
    }
    for (const std::size_t v : order_) {
      const Side side = side_of(v);
      const std::size_t i = row_of(v);
      if (!active_[side][i] || !is_free(side, i)) continue;
      const double change = sign(side) * value_[side][i];
      const std::span<const float> kernel = kernel_.row(i);
      for (const Side other : sides) {
        for (std::size_t t = 0; t < rows(); ++t) anew[other][t] -= change * static_cast<double>(kernel[t]);
      }
    }
    for (const Side side : sides) {
      for (std::size_t t = 0; t < rows(); ++t) {
        if (!active_[side][t]) excess_[side][t] = anew[side][t];
      }
      active_[side].assign(rows(), true);
    }
    refresh_all();
  }

  // The partner of the first row; false where no pair violates its conditions beyond tolerance.
  bool choose_second() {
    if (first_.value == -infinity) return false;
    second_ = find_second(excesses(), low_, first_.value, kernel_.row(first_.row), diagonals_[first_.row],
                          diagonals_);
    settle_second();
    return first_.value - second_.least >= task_.tolerance && second_.gain.value > -infinity;
  }

  // Moves the chosen pair to where the objective is least along the line that keeps the sum of the coefficients.
  void step() {
    const std::size_t i = first_.row;
    const std::size_t j = second_.gain.row;
    const std::span<const float> kernel_i = kernel_.row(i);
    const std::span<const float> kernel_j = kernel_.row(j);
    const Side side_i = side_up(i);
    const Side side_j = side_down(j);
    double& value_i = value_[side_i][i];
    double& value_j = value_[side_j][j];
    const double old_i = value_i;
    const double old_j = value_j;
    const double between = curvature(kernel_i, i, j);
    const double divisor = between > 0.0 ? between : least_curvature;
    if (side_i != side_j) {
      const double delta = (-gradient(side_i, i) - gradient(side_j, j)) / divisor;
      keep_difference({value_i, costs_[i]}, {value_j, costs_[j]}, delta);
    } else {
      const double delta = (gradient(side_i, i) - gradient(side_j, j)) / divisor;
      keep_sum({value_i, costs_[i]}, {value_j, costs_[j]}, delta);
    }
    refresh(i);
    refresh(j);
    note_cost({old_i, costs_[i]}, value_i, sign(side_i), kernel_i);
    note_cost({old_j, costs_[j]}, value_j, sign(side_j), kernel_j);
    first_ = update_and_find(excesses(), up_, kernel_i, sign(side_i) * (value_i - old_i), kernel_j,
                             sign(side_j) * (value_j - old_j));
    settle_first();
  }

  struct Bounded {
    double& value;
    double cost;
  };

  // Keeps at_cost_ where a variable came to its cost or left it.
  void note_cost(const std::pair<double, double>& before, double now, double sign,
                 std::span<const float> kernel) {
    const auto& [value, cost] = before;
    const bool was = value >= cost;
    if (was == (now >= cost)) return;
    const double change = (was ? -sign : sign) * cost;
    for (std::size_t t = 0; t < rows(); ++t) at_cost_[t] += change * static_cast<double>(kernel[t]);
  }

  // Both grow by `delta`, as far as 0 and their costs allow.
  static void keep_difference(const Bounded& a, const Bounded& b, double delta) {
    const double difference = a.value - b.value;
    a.value += delta;
    b.value += delta;
    if (difference > 0.0 && b.value < 0.0) {
      b.value = 0.0;
      a.value = difference;
    } else if (difference <= 0.0 && a.value < 0.0) {
      a.value = 0.0;
      b.value = -difference;
    }
    if (difference > a.cost - b.cost && a.value > a.cost) {
      a.value = a.cost;
      b.value = a.cost - difference;
    } else if (difference <= a.cost - b.cost && b.value > b.cost) {
      b.value = b.cost;
      a.value = b.cost + difference;
    }
  }

  // The first falls by `delta` and the second grows by it, as far as 0 and their costs allow.
  static void keep_sum(const Bounded& a, const Bounded& b, double delta) {
    const double sum = a.value + b.value;
    a.value -= delta;
    b.value += delta;
    if (sum > a.cost && a.value > a.cost) {
      a.value = a.cost;
      b.value = sum - a.cost;
    } else if (sum <= a.cost && b.value < 0.0) {
      b.value = 0.0;
      a.value = sum;
    }
    if (sum > b.cost && b.value > b.cost) {
      b.value = b.cost;
      a.value = sum - b.cost;
    } else if (sum <= b.cost && a.value < 0.0) {
      a.value = 0.0;
      b.value = sum;
    }
  }

  // Leaves out variables that are at a bound and will stay there, as it seems; near the end all are taken in again, once.
  void shrink() {
    double least = infinity;
    for (std::size_t t = 0; t < rows(); ++t) least = std::min(least, value_of(excesses(), low_, t));
    const double largest = first_.value;
    if (!is_near_end_ && largest - least <= 10.0 * task_.tolerance) {
      is_near_end_ = true;
      activate_all();
    }
    for (const Side side : sides) {
      for (std::size_t t = 0; t < rows(); ++t) {
        const double excess = excess_[side][t];
        const bool is_high = is_at_cost(side, t) ? side == above : side == below && is_at_zero(side, t);
        const bool is_low = is_at_cost(side, t) ? side == below : side == above && is_at_zero(side, t);
        if ((is_high && excess > largest) || (is_low && excess < least)) active_[side][t] = false;
      }
    }
    move_inactive_to_the_end();
    refresh_all();
  }

  // Swaps each variable that is left out with the last one that is not.
  void move_inactive_to_the_end() {
    const auto is_active = [&](std::size_t v) { return active_[v / rows()][v % rows()] != 0; };
    std::size_t end = order_.size();
    for (std::size_t i = 0; i < end; ++i) {
      if (is_active(order_[i])) continue;
      for (--end; end > i && !is_active(order_[end]);) --end;
      std::swap(order_[i], order_[end]);
    }
    for (std::size_t i = 0; i < order_.size(); ++i) place_[order_[i]] = i;
  }

  // The mean of what the rows inside their bounds ask for, or the middle of what the others allow.
  double intercept() const {
    double highest = infinity;
    double lowest = -infinity;
    double sum = 0.0;
    std::size_t free = 0;
    for (const std::size_t v : order_) {
      const Side side = side_of(v);
      const std::size_t t = row_of(v);
      const double value = -excess_[side][t];
      const bool limits_from_above = is_at_cost(side, t) ? side == below : side == above;
      if (is_free(side, t)) {
        ++free;
        sum += value;
      } else if (limits_from_above) {
        highest = std::min(highest, value);
      } else {
        lowest = std::max(lowest, value);
      }
    }
    return -(free > 0 ? sum / static_cast<double>(free) : (highest + lowest) / 2.0);
  }

  KernelRows& kernel_;
  const SvrTask& task_;
  std::vector<double> costs_;      // of each row
  std::vector<double> value_[2];   // of the variables, by side
  std::vector<double> excess_[2];  // see Excesses
  std::vector<char> active_[2];    // not left out
  std::vector<double> up_;         // Ends of rows whose score could go up
  std::vector<double> low_;        // and down
  std::vector<double> at_cost_;    // score that variables at the cost give each row
  std::vector<double> diagonals_;
  std::vector<std::size_t> order_;  // of the variables: those that are left out behind the others
  std::vector<std::size_t> place_;  // of each variable in it
  Largest first_;                   // of rows whose score could go up
  SecondRow second_;
  bool is_near_end_ = false;
};

}  // namespace

SvrSolution solve_svr(KernelRows& kernel, const SvrTask& task) {
  return Solver(kernel, task).solve();
}

}  // namespace musicmem::models
