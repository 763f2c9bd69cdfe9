// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/statistics/bootstrap.h"

#include <cstddef>
#include <optional>

// What the answers of a listening game say of a clip or of a listener, by the theory of signal detection.
namespace musicmem::models {

// Answers to repeats (hits, misses) and to what sounds for the first time (the others).
struct AnswerCounts {
  std::size_t hits = 0;
  std::size_t misses = 0;
  std::size_t false_alarms = 0;
  std::size_t correct_rejections = 0;

  std::size_t repeats() const { return hits + misses; }
  std::size_t firsts() const { return false_alarms + correct_rejections; }
  std::optional<double> hit_rate() const;          // empty without repeats
  std::optional<double> false_alarm_rate() const;  // empty without answers to first presentations
  std::optional<double> corrected() const;         // hit rate less false alarm rate

  // z((hits + 1/2) / (repeats + 1)) - z((false alarms + 1/2) / (firsts + 1)), the log-linear correction (M. Hautus,
  // "Corrections for extreme proportions and their biasing effects on estimated values of d'", 1995). Empty where either
  // rate is.
  std::optional<double> dprime() const;
};

// The 95 % interval of a share of `all` (E. Wilson, 1927); empty for none.
std::optional<Interval> wilson_interval(std::size_t part, std::size_t all);

}  // namespace musicmem::models
