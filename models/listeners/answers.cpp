// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/listeners/answers.h"

#include <algorithm>
#include <cmath>

#include <gsl/gsl_cdf.h>

namespace musicmem::models {
namespace {

std::optional<double> share(std::size_t part, std::size_t all) {
  return all == 0 ? std::nullopt : std::optional(static_cast<double>(part) / static_cast<double>(all));
}

// The standard normal deviate below which a share of (part + 1/2) / (all + 1) lies.
double deviate(std::size_t part, std::size_t all) {
  return gsl_cdf_ugaussian_Pinv((static_cast<double>(part) + 0.5) / (static_cast<double>(all) + 1.0));
}

}  // namespace

std::optional<double> AnswerCounts::hit_rate() const {
  return share(hits, repeats());
}

std::optional<double> AnswerCounts::false_alarm_rate() const {
  return share(false_alarms, firsts());
}

std::optional<double> AnswerCounts::corrected() const {
  if (repeats() == 0 || firsts() == 0) return std::nullopt;
  return *hit_rate() - *false_alarm_rate();
}

std::optional<double> AnswerCounts::dprime() const {
  if (repeats() == 0 || firsts() == 0) return std::nullopt;
  return deviate(hits, repeats()) - deviate(false_alarms, firsts());
}

std::optional<Interval> wilson_interval(std::size_t part, std::size_t all) {
  if (all == 0) return std::nullopt;
  const double z = gsl_cdf_ugaussian_Pinv(0.975);
  const auto n = static_cast<double>(all);
  const double p = static_cast<double>(part) / n;
  const double middle = (p + z * z / (2.0 * n)) / (1.0 + z * z / n);
  const double reach = z / (1.0 + z * z / n) * std::sqrt(p * (1.0 - p) / n + z * z / (4.0 * n * n));
  // Exact at the ends, where rounding would leave [0, 1].
  return Interval{part == 0 ? 0.0 : std::max(0.0, middle - reach),
                  part == all ? 1.0 : std::min(1.0, middle + reach)};
}

}  // namespace musicmem::models
