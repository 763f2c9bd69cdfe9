// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/listeners/listeners.h"
#include "models/listeners/reliability.h"

#include <cstdint>
#include <optional>
#include <vector>

// How well groups of listeners agree on the clips.
namespace musicmem::models {

struct SplitHalf {
  std::optional<Reliability> reliability;  // empty where no split has a correlation, as of a single listener
  int undefined = 0;                       // splits without a correlation, which are left out
  std::size_t listeners = 0;
};

// Shuffles the listeners `splits` times with a generator of `seed` (data::Generator, from the order that each shuffle
// leaves), and correlates the clips' hit rates among the first half of them, rounded down, with those among the others
// (Spearman; of clips with answers in both). Deviation: of a sample.
SplitHalf split_half(const ListenerAnswers& answers, int splits, std::uint64_t seed);

// Agreement of two groups of so many listeners each.
struct GroupAgreement {
  std::size_t listeners = 0;
  double mean = 0.0;
  double deviation = 0.0;
  int draws = 0;
};

// For sizes from a few listeners to half of them, drawn at random without replacement; empty where there are fewer than
// eight.
std::vector<GroupAgreement> agreement_by_listeners(const ListenerAnswers& answers, std::uint64_t seed);

}  // namespace musicmem::models
