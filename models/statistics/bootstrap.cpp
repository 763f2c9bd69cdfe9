// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/statistics/bootstrap.h"

#include "data/generator.h"
#include "models/statistics/resampling.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <iterator>
#include <limits>
#include <numeric>

namespace musicmem::models {
namespace {

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
  if (predictions.empty()) return {};
  const SortedOnce sorted_labels(labels);
  std::vector<SortedOnce> sorted;
  for (const std::vector<double>& list : predictions) {
    assert(list.size() == labels.size());
    sorted.emplace_back(list);
  }
  return replicate(labels.size(), groups, settings, [&] {
    return [&, resampled = ResampledLabels(sorted_labels, labels.size())](Counts counts) mutable {
      resampled.resample(counts);
      return mean_spearman(resampled, sorted, counts);
    };
  });
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
