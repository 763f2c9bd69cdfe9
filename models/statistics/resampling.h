// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/statistics/bootstrap.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <numeric>
#include <span>
#include <vector>

// How statistics of ranks are taken of resamples without writing any of them out.
namespace musicmem::models {

using Counts = std::span<const std::uint32_t>;  // how often each item was drawn

// A statistic of one resample of the items; NaN where it is undefined.
using ResampledStatistic = std::function<double(Counts)>;

// The statistic of every resample of so many items, or of whole groups as in resampled_spearman(). `make` is called on
// each thread for a statistic of its own. Empty for fewer than two items or groups.
Replicates replicate(std::size_t items, std::span<const int> groups, const BootstrapSettings& settings,
                     const std::function<ResampledStatistic()>& make);

// A list that was sorted once, so that the ranks of a resample, in which item i occurs counts[i] times, take
// one pass: no resample is ever written out or sorted.
class SortedOnce {
 public:
  explicit SortedOnce(std::span<const double> values) : order_(values.size()) {
    std::iota(order_.begin(), order_.end(), std::uint32_t{0});
    std::sort(order_.begin(), order_.end(), [&](auto a, auto b) { return values[a] < values[b]; });
    for (std::size_t place = 0; place < order_.size(); ++place) {
      const bool tied = place > 0 && values[order_[place]] == values[order_[place - 1]];
      if (!tied) starts_.push_back(static_cast<std::uint32_t>(place));
    }
    starts_.push_back(static_cast<std::uint32_t>(order_.size()));
  }

  // Calls group(first, last, weight, rank) for each run of equal values: items order[first..last), drawn
  // `weight` times together, share `rank`, the average of the places that they take.
  template <class Group>
  void for_each_group(Counts counts, const Group& group) const {
    double before = 0.0;
    for (std::size_t g = 0; g + 1 < starts_.size(); ++g) {
      double weight = 0.0;
      for (std::uint32_t i = starts_[g]; i < starts_[g + 1]; ++i) weight += counts[order_[i]];
      group(starts_[g], starts_[g + 1], weight, before + 0.5 * (weight + 1.0));
      before += weight;
    }
  }

  std::uint32_t item(std::uint32_t place) const { return order_[place]; }

 private:
  std::vector<std::uint32_t> order_;
  std::vector<std::uint32_t> starts_;  // of the runs of equal values, and the end
};

}  // namespace musicmem::models
