// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/statistics/bootstrap.h"

#include "data/generator.h"
#include "distributed/cores.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <iterator>
#include <limits>
#include <mutex>
#include <numeric>
#include <thread>

namespace musicmem::models {
namespace {

using Counts = std::span<const std::uint32_t>;  // how often each item was drawn

// The resamples in their order, to whichever thread asks for the next ones.
class Resampler {
 public:
  Resampler(std::size_t items, const BootstrapSettings& settings)
      : items_(items), resamples_(settings.resamples), below_(items), generator_(settings.seed) {}

  struct Range {
    int first = 0;
    int end = 0;
  };

  // Draws the next few resamples, as many draws each as there are items, into `counts`, one after the other;
  // which they are: none after the last. More than one at a time, for threads would wait for each other.
  Range next(std::vector<std::uint32_t>& counts) {
    constexpr std::size_t draws_at_once = 30'000;
    const std::lock_guard lock(mutex_);
    const int taken = std::min(resamples_ - drawn_, static_cast<int>(draws_at_once / items_) + 1);
    counts.assign(static_cast<std::size_t>(taken) * items_, 0U);
    for (std::size_t first = 0; first < counts.size(); first += items_) {
      for (std::size_t draw = 0; draw < items_; ++draw) ++counts[first + below_(generator_)];
    }
    drawn_ += taken;
    return {drawn_ - taken, drawn_};
  }

 private:
  std::mutex mutex_;
  std::size_t items_;
  int resamples_;
  int drawn_ = 0;
  data::Below below_;
  data::Generator generator_;
};

int threads_to_use() {
  return distributed::usable_cores({distributed::allowed_cores()}, distributed::cpu_quota());
}

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

// Spearman's correlation of resamples of one pair of lists. The ranks of n draws always have the mean
// (n + 1) / 2, and all sums below are of multiples of a quarter: exact.
class ResampledLabels {
 public:
  // `labels` must outlive this.
  ResampledLabels(const SortedOnce& labels, std::size_t items) : sorted_(labels), ranks_(items) {}

  void resample(Counts counts) {
    squares_ = 0.0;
    drawn_ = static_cast<double>(std::accumulate(counts.begin(), counts.end(), std::uint64_t{0}));
    sorted_.for_each_group(counts, [&](auto first, auto last, double weight, double rank) {
      squares_ += weight * rank * rank;
      for (auto place = first; place < last; ++place) {
        ranks_[sorted_.item(place)] = counts[sorted_.item(place)] * rank;
      }
    });
  }

  std::optional<double> spearman(const SortedOnce& other, Counts counts) const {
    double squares = 0.0;
    double products = 0.0;
    other.for_each_group(counts, [&](auto first, auto last, double weight, double rank) {
      squares += weight * rank * rank;
      double label_ranks = 0.0;
      for (auto place = first; place < last; ++place) label_ranks += ranks_[other.item(place)];
      products += rank * label_ranks;
    });
    const double center = 0.25 * drawn_ * (drawn_ + 1.0) * (drawn_ + 1.0);
    const double spread = (squares_ - center) * (squares - center);
    if (!(spread > 0.0)) return std::nullopt;
    return (products - center) / std::sqrt(spread);
  }

 private:
  const SortedOnce& sorted_;
  std::vector<double> ranks_;  // of each item, times how often it was drawn
  double squares_ = 0.0;
  double drawn_ = 0.0;  // items of the resample
};

std::optional<Interval> percentiles(std::vector<double> values, double confidence) {
  if (values.empty()) return std::nullopt;
  std::sort(values.begin(), values.end());
  const double tail = 0.5 * (1.0 - confidence);
  return Interval{quantile(values, tail), quantile(values, 1.0 - tail)};
}

constexpr double undefined = std::numeric_limits<double>::quiet_NaN();

// Mean over the lists where the correlation of a resample is defined.
double mean_spearman(const ResampledLabels& labels, const std::vector<SortedOnce>& lists, Counts counts) {
  double sum = 0.0;
  double defined = 0.0;
  for (const SortedOnce& list : lists) {
    if (const auto correlation = labels.spearman(list, counts)) {
      sum += *correlation;
      ++defined;
    }
  }
  return defined == 0.0 ? undefined : sum / defined;
}

}  // namespace

int affordable_resamples(std::size_t values) {
  constexpr std::size_t affordable_draws = 200'000'000;
  constexpr std::size_t fewest = 1000;
  return static_cast<int>(
      std::clamp<std::size_t>(affordable_draws / std::max<std::size_t>(values, 1), fewest, usual_resamples));
}

double quantile(std::span<const double> ascending, double share) {
  assert(!ascending.empty());
  const double place = share * static_cast<double>(ascending.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, ascending.size() - 1);
  return ascending[below] + (place - std::floor(place)) * (ascending[above] - ascending[below]);
}

Replicates resampled_spearman(std::span<const double> labels,
                              const std::vector<std::vector<double>>& predictions,
                              const BootstrapSettings& settings, std::span<const int> groups) {
  assert(groups.empty() || groups.size() == labels.size());
  const std::size_t units =
      groups.empty() ? labels.size() : static_cast<std::size_t>(std::ranges::max(groups)) + 1;
  if (units < 2 || predictions.empty()) return {};
  const SortedOnce sorted_labels(labels);
  std::vector<SortedOnce> sorted;
  for (const std::vector<double>& list : predictions) {
    assert(list.size() == labels.size());
    sorted.emplace_back(list);
  }
  Resampler resampler(units, settings);
  Replicates replicates(static_cast<std::size_t>(settings.resamples));
  const auto work = [&] {
    ResampledLabels resampled(sorted_labels, labels.size());
    std::vector<std::uint32_t> drawn;
    std::vector<std::uint32_t> of_items(groups.size());  // how often the group of each was drawn
    for (auto range = resampler.next(drawn); range.first < range.end; range = resampler.next(drawn)) {
      for (int r = range.first; r < range.end; ++r) {
        const Counts of_units =
            Counts(drawn).subspan(static_cast<std::size_t>(r - range.first) * units, units);
        for (std::size_t i = 0; i < groups.size(); ++i)
          of_items[i] = of_units[static_cast<std::size_t>(groups[i])];
        const Counts counts = groups.empty() ? of_units : Counts(of_items);
        resampled.resample(counts);
        replicates[static_cast<std::size_t>(r)] = mean_spearman(resampled, sorted, counts);
      }
    }
  };
  {
    std::vector<std::jthread> others;
    for (int thread = 1; thread < threads_to_use(); ++thread) others.emplace_back(work);
    work();
  }
  return replicates;
}

Replicates difference(const Replicates& a, const Replicates& b) {
  Replicates difference(std::min(a.size(), b.size()));
  for (std::size_t r = 0; r < difference.size(); ++r) difference[r] = a[r] - b[r];
  return difference;
}

ReplicateInterval percentile_interval(const Replicates& replicates, double confidence) {
  std::vector<double> defined;
  std::copy_if(replicates.begin(), replicates.end(), std::back_inserter(defined),
               [](double value) { return !std::isnan(value); });
  const auto all = static_cast<int>(replicates.size());
  const auto left_out = all - static_cast<int>(defined.size());
  return {percentiles(std::move(defined), confidence), all, left_out};
}

std::optional<Interval> bootstrap_mean(std::span<const double> values, const BootstrapSettings& settings) {
  if (values.size() < 2) return std::nullopt;
  data::Generator generator(settings.seed);
  const data::Below below(values.size());
  std::vector<double> means;
  for (int r = 0; r < settings.resamples; ++r) {
    double sum = 0.0;
    for (std::size_t draw = 0; draw < values.size(); ++draw) {
      sum += values[static_cast<std::size_t>(below(generator))];
    }
    means.push_back(sum / static_cast<double>(values.size()));
  }
  return percentiles(std::move(means), settings.confidence);
}

}  // namespace musicmem::models
