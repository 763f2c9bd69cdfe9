// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

// Percentile bootstrap (B. Efron, R. Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13).
namespace musicmem::models {

struct Interval {
  double low = 0.0;
  double high = 0.0;

  // To rounding.
  bool holds(double value) const {
    constexpr double rounding = 1e-12;
    return value >= low - rounding && value <= high + rounding;
  }
};

inline constexpr int usual_resamples = 10000;

// Resamples for so many values (of all lists together): the usual number up to 20,000 values, then fewer in
// proportion, but at least 1000. The more values, the narrower the interval and the less its ends matter.
int affordable_resamples(std::size_t values);

struct BootstrapSettings {
  int resamples = usual_resamples;
  std::uint64_t seed = 1;
  double confidence = 0.95;
};

// Quantile of ascending values by linear interpolation between neighbours, as numpy's default; `share` in
// [0, 1], at least one value.
double quantile(std::span<const double> ascending, double share);

// A statistic of each resample, in the order in which they were drawn; NaN where it is undefined. The same
// seed draws the same resamples of as many items, so statistics of two models over the same items are paired.
using Replicates = std::vector<double>;

// The mean over `predictions` (one list per seed, each parallel to `labels`), where it is defined, of
// Spearman's correlation with the labels, over resamples of the tracks, or of whole groups: `groups`, numbers
// from 0 without a gap, one a track; each is drawn as often as there are groups. All lists see the same
// resamples, whatever the number of threads: as many as the process may use cores. Empty for fewer than two
// tracks or groups.
Replicates resampled_spearman(std::span<const double> labels,
                              const std::vector<std::vector<double>>& predictions,
                              const BootstrapSettings& settings = {}, std::span<const int> groups = {});

// a - b resample by resample, over those that both have; NaN where either is undefined.
Replicates difference(const Replicates& a, const Replicates& b);

// The percentile interval of the replicates that are defined, and how many are
// not; no interval where none is.
struct ReplicateInterval {
  std::optional<Interval> interval;
  int resamples = 0;
  int undefined = 0;
};
ReplicateInterval percentile_interval(const Replicates& replicates,
                                      double confidence = BootstrapSettings{}.confidence);

// Interval of the mean of `values`; empty for fewer than two.
std::optional<Interval> bootstrap_mean(std::span<const double> values,
                                       const BootstrapSettings& settings = {});

}  // namespace musicmem::models
