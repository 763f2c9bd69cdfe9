// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/protocol/group_folds.h"

#include "data/matrix.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <numeric>

namespace musicmem::models {
namespace {

// Group numbers by first appearance, or in random order.
std::vector<int> group_order(std::span<const int> groups, std::optional<data::Generator>& generator) {
  std::vector<int> order;
  std::vector<bool> seen(groups.size(), false);
  for (const int group : groups) {
    if (!seen[static_cast<std::size_t>(group)]) order.push_back(group);
    seen[static_cast<std::size_t>(group)] = true;
  }
  if (generator) generator->shuffle(order);
  return order;
}

// The fold of each track from the fold of its group.
std::vector<int> folds_of_tracks(std::span<const int> groups, const std::vector<int>& fold_of_group) {
  std::vector<int> fold_of;
  for (const int group : groups) fold_of.push_back(fold_of_group[static_cast<std::size_t>(group)]);
  return fold_of;
}

double population_deviation(std::span<const double> values) {
  const auto n = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
  double squares = 0.0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return std::sqrt(squares / n);
}

// How many tracks of each class each fold holds so far.
class FoldCounts {
 public:
  FoldCounts(int folds, std::span<const double> tracks_of_class)
      : counts_(static_cast<std::size_t>(folds), tracks_of_class.size()),
        tracks_of_class_(tracks_of_class),
        sizes_(static_cast<std::size_t>(folds), 0.0) {}

  // Mean over the classes of the deviation, between folds, of the shares of the class, if `fold` took `group`.
  double unevenness_with(std::size_t fold, std::span<const double> group) const {
    std::vector<double> shares(counts_.rows());
    double sum = 0.0;
    for (std::size_t c = 0; c < counts_.columns(); ++c) {
      for (std::size_t f = 0; f < counts_.rows(); ++f) {
        shares[f] = (counts_(f, c) + (f == fold ? group[c] : 0.0)) / tracks_of_class_[c];
      }
      sum += population_deviation(shares);
    }
    return sum / static_cast<double>(counts_.columns());
  }

  std::size_t best_fold(std::span<const double> group) const {
    constexpr double relative = 1e-5;  // as numpy's isclose
    constexpr double absolute = 1e-8;
    std::size_t best = 0;
    double lowest = std::numeric_limits<double>::infinity();
    for (std::size_t fold = 0; fold < counts_.rows(); ++fold) {
      const double unevenness = unevenness_with(fold, group);
      const bool is_close = std::abs(unevenness - lowest) <= absolute + relative * std::abs(lowest);
      if (fold > 0 && !(unevenness < lowest || (is_close && sizes_[fold] < sizes_[best]))) continue;
      lowest = unevenness;
      best = fold;
    }
    return best;
  }

  void add(std::size_t fold, std::span<const double> group) {
    for (std::size_t c = 0; c < counts_.columns(); ++c) {
      counts_(fold, c) += group[c];
      sizes_[fold] += group[c];
    }
  }

 private:
  data::Matrix counts_;  // folds x classes
  std::span<const double> tracks_of_class_;
  std::vector<double> sizes_;
};

}  // namespace

std::vector<int> balanced_group_folds(std::span<const int> groups, int folds,
                                      std::optional<data::Generator> generator) {
  std::vector<int> order = group_order(groups, generator);
  assert(folds >= 2 && static_cast<std::size_t>(folds) <= order.size());
  std::vector<int> size(order.size(), 0);
  for (const int group : groups) ++size[static_cast<std::size_t>(group)];
  const auto size_of = [&](int group) { return size[static_cast<std::size_t>(group)]; };
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return size_of(a) > size_of(b); });
  std::vector<int> tracks(static_cast<std::size_t>(folds), 0);
  std::vector<int> fold_of_group(order.size());
  for (const int group : order) {
    const auto lightest = std::min_element(tracks.begin(), tracks.end());
    *lightest += size_of(group);
    fold_of_group[static_cast<std::size_t>(group)] = static_cast<int>(lightest - tracks.begin());
  }
  return folds_of_tracks(groups, fold_of_group);
}

std::vector<int> stratified_group_folds(std::span<const int> classes, std::span<const int> groups, int folds,
                                        std::optional<data::Generator> generator) {
  assert(classes.size() == groups.size() && !classes.empty());
  std::vector<int> order = group_order(groups, generator);
  assert(folds >= 2 && static_cast<std::size_t>(folds) <= order.size());
  const auto class_count = static_cast<std::size_t>(*std::max_element(classes.begin(), classes.end())) + 1;
  data::Matrix counts(order.size(), class_count);  // groups x classes
  std::vector<double> tracks_of_class(class_count, 0.0);
  for (std::size_t track = 0; track < classes.size(); ++track) {
    const auto c = static_cast<std::size_t>(classes[track]);
    ++counts(static_cast<std::size_t>(groups[track]), c);
    ++tracks_of_class[c];
  }
  std::vector<double> spread(order.size());
  for (std::size_t group = 0; group < spread.size(); ++group)
    spread[group] = population_deviation(counts.row(group));
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
    return spread[static_cast<std::size_t>(a)] > spread[static_cast<std::size_t>(b)];
  });
  FoldCounts held(folds, tracks_of_class);
  std::vector<int> fold_of_group(order.size());
  for (const int group : order) {
    const auto row = counts.row(static_cast<std::size_t>(group));
    const std::size_t fold = held.best_fold(row);
    held.add(fold, row);
    fold_of_group[static_cast<std::size_t>(group)] = static_cast<int>(fold);
  }
  return folds_of_tracks(groups, fold_of_group);
}

std::vector<int> quantile_bins(std::span<const double> values, std::size_t bins) {
  assert(bins >= 1);
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  std::vector<int> bin_of(values.size(), 0);
  int bin = -1;
  std::size_t last = bins;  // the bin by place of the run of equal values before
  for (std::size_t i = 0; i < order.size(); ++i) {
    const bool is_tied = i > 0 && values[order[i]] == values[order[i - 1]];
    const std::size_t by_place = i * bins / order.size();
    if (!is_tied && by_place != last) {
      ++bin;
      last = by_place;
    }
    bin_of[order[i]] = bin;
  }
  return bin_of;
}

}  // namespace musicmem::models
