// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/settings/setting.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace musicmem::config {

enum class Protocol { strict, audmem };
enum class Pooling { mean, max };

constexpr Words<Protocol, 2> words(Protocol) {
  return {{{"strict", Protocol::strict}, {"audmem", Protocol::audmem}}};
}
constexpr Words<Pooling, 2> words(Pooling) {
  return {{{"mean", Pooling::mean}, {"max", Pooling::max}}};
}

struct CrossValidation {
  int folds = 10;
  std::vector<std::uint64_t> seeds = {1111, 1000, 2345, 1234};
  Protocol protocol = Protocol::strict;
  Pooling pooling = Pooling::mean;  // of the segment predictions of a track; audmem always takes max
  // Seed of a permutation of the tracks before they are cut into folds; empty ("none", always with audmem)
  // keeps the order of the rows, as scikit-learn's KFold does.
  std::optional<std::uint64_t> shuffle = 0;
  bool stratify = false;
};

template <class V, SettingsOf<CrossValidation> S>
void visit(V& v, S& cv) {
  using enum Effect;
  v("folds", cv.folds, fits, between(2, 100000),
    "parts that the tracks are cut into; each is predicted once");
  v("seeds", cv.seeds, study, "a fit for each, of models that use randomness");
  v("protocol", cv.protocol, fits,
    "strict: what is tested on takes no part in training; audmem: as the published code of that name did it");
  v("pooling", cv.pooling, fits, "of the predictions of a track's segments; audmem always takes max");
  v("shuffle", cv.shuffle, fits, WordOr<std::uint64_t>{"none", {}},
    "seed by which tracks are shuffled before they are cut into folds; none, as always with audmem, keeps "
    "the "
    "order of the rows");
  v("stratify", cv.stratify, fits, "deal tracks to folds by quantiles of their scores");
}

std::optional<Conflict> conflict(const CrossValidation& cv);

}  // namespace musicmem::config
