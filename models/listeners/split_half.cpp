// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/listeners/split_half.h"

#include "data/generator.h"
#include "models/statistics/metrics.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

namespace musicmem::models {
namespace {

// Repeats in the high half, those recognised in the low one.
constexpr std::uint64_t one_repeat = std::uint64_t{1} << 32;
using Tally = std::vector<std::uint64_t>;  // of each clip

class Groups {
 public:
  explicit Groups(const ListenerAnswers& answers) : answers_(answers), all_(answers.clips.size(), 0) {
    for (std::size_t listener = 0; listener < answers.games.size(); ++listener) add(all_, listener);
  }

  std::size_t listeners() const { return answers_.games.size(); }

  // Of two groups of listeners. `a` and `b` are all of them where `is_whole`: then `b` is what `a` leaves.
  std::optional<double> agreement(std::span<const std::size_t> a, std::span<const std::size_t> b,
                                  bool is_whole) {
    const Tally of_a = tally(a);
    Tally of_b(all_.size(), 0);
    if (is_whole) {
      for (std::size_t clip = 0; clip < all_.size(); ++clip) of_b[clip] = all_[clip] - of_a[clip];
    } else {
      of_b = tally(b);
    }
    rates_a_.clear();
    rates_b_.clear();
    for (std::size_t clip = 0; clip < all_.size(); ++clip) {
      if (of_a[clip] < one_repeat || of_b[clip] < one_repeat) continue;
      rates_a_.push_back(rate(of_a[clip]));
      rates_b_.push_back(rate(of_b[clip]));
    }
    return spearman(rates_a_, rates_b_);
  }

 private:
  void add(Tally& tally, std::size_t listener) const {
    for (const RepeatAnswer& answer : answers_.games[listener])
      tally[answer.clip] += one_repeat + (answer.is_hit ? 1 : 0);
  }
  Tally tally(std::span<const std::size_t> listeners) const {
    Tally sums(all_.size(), 0);
    for (const std::size_t listener : listeners) add(sums, listener);
    return sums;
  }
  static double rate(std::uint64_t tally) {
    return static_cast<double>(tally & (one_repeat - 1)) / static_cast<double>(tally >> 32U);
  }

  const ListenerAnswers& answers_;
  Tally all_;
  std::vector<double> rates_a_;
  std::vector<double> rates_b_;
};

double mean_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

// 0 for a single value.
double deviation_of(const std::vector<double>& values) {
  if (values.size() < 2) return 0.0;
  const double mean = mean_of(values);
  double squares = 0.0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return std::sqrt(squares / static_cast<double>(values.size() - 1));
}

std::vector<std::size_t> in_order(std::size_t count) {
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  return order;
}

}  // namespace

SplitHalf split_half(const ListenerAnswers& answers, int splits, std::uint64_t seed) {
  Groups groups(answers);
  data::Generator random(seed);
  std::vector<std::size_t> order = in_order(groups.listeners());
  const std::size_t half = order.size() / 2;
  const std::span<const std::size_t> all(order);
  std::vector<double> correlations;
  for (int split = 0; split < splits; ++split) {
    random.shuffle(order);
    if (const auto value = groups.agreement(all.first(half), all.subspan(half), /*is_whole=*/true))
      correlations.push_back(*value);
  }
  if (correlations.empty()) return {std::nullopt, splits, order.size()};
  const auto defined = static_cast<int>(correlations.size());
  const std::optional<double> deviation =
      defined > 1 ? std::optional(deviation_of(correlations)) : std::nullopt;
  return {Reliability::of_halves(mean_of(correlations), deviation, defined), splits - defined, order.size()};
}

std::vector<GroupAgreement> agreement_by_listeners(const ListenerAnswers& answers, std::uint64_t seed) {
  Groups groups(answers);
  constexpr std::size_t fewest = 8;
  constexpr std::size_t sizes = 9;
  constexpr int draws = 40;
  std::vector<GroupAgreement> agreements;
  if (groups.listeners() < fewest) return agreements;
  data::Generator random(seed);
  std::vector<std::size_t> order = in_order(groups.listeners());
  const std::size_t most = order.size() / 2;
  for (std::size_t step = 0; step < sizes; ++step) {
    const double share = static_cast<double>(step + 1) / static_cast<double>(sizes);
    const auto listeners = static_cast<std::size_t>(std::lround(static_cast<double>(most) * share));
    if (listeners < 2 || (!agreements.empty() && agreements.back().listeners == listeners)) continue;
    std::vector<double> correlations;
    for (int draw = 0; draw < draws; ++draw) {
      random.shuffle(order);
      const std::span<const std::size_t> all(order);
      const auto value =
          groups.agreement(all.first(listeners), all.subspan(listeners, listeners), /*is_whole=*/false);
      if (value) correlations.push_back(*value);
    }
    if (correlations.empty()) continue;
    agreements.push_back({listeners, mean_of(correlations), deviation_of(correlations),
                          static_cast<int>(correlations.size())});
  }
  return agreements;
}

}  // namespace musicmem::models
