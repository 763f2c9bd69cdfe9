// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/settings/setting.h"

#include <cstdint>
#include <optional>
#include <string>
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

// What the tracks are cut into: so many folds, one for each group, or those that the labels give.
struct Folds {
  enum class By { number, groups, given };
  By by = By::number;
  int number = 10;  // matters for By::number alone

  bool operator==(const Folds&) const = default;

  static constexpr const char* range = "a whole number from 2 to 100000 | groups | given";
  static constexpr const char* another = "groups";
  // Throws Error.
  static Folds parse(const std::string& text);
};
std::string to_string(const Folds& folds);

// Which tracks belong together, so that no split parts them: those with one text in a column of the labels.
struct Groups {
  bool ignored = false;
  std::string column = "group";
  bool demanded = false;  // the column was named, and must be there

  bool operator==(const Groups&) const = default;

  static constexpr const char* range = "on | ignore | the name of a column";
  static constexpr const char* another = "ignore";
  static Groups parse(const std::string& text);
};
std::string to_string(const Groups& groups);

struct CrossValidation {
  Folds folds;
  std::vector<std::uint64_t> seeds = {1111, 1000, 2345, 1234};
  Protocol protocol = Protocol::strict;
  Pooling pooling = Pooling::mean;  // of the segment predictions of a track; audmem always takes max
  // Seed of a permutation of the tracks before they are cut into folds; empty ("none", always with audmem)
  // keeps the order of the rows, as scikit-learn's KFold does.
  std::optional<std::uint64_t> shuffle = 0;
  bool stratify = false;
  Groups groups;
  int repeats = 1;
};

template <class V, SettingsOf<CrossValidation> S>
void visit(V& v, S& cv) {
  using enum Effect;
  v("folds", cv.folds, fits,
    "parts that the tracks are cut into, each predicted once; groups: one for each group; given: those of the "
    "column fold");
  v("seeds", cv.seeds, study, "a fit for each, of models that use randomness");
  v("protocol", cv.protocol, fits,
    "strict: what is tested on takes no part in training; audmem: as the published code of that name did it");
  v("pooling", cv.pooling, fits, "of the predictions of a track's segments; audmem always takes max");
  v("shuffle", cv.shuffle, fits, WordOr<std::uint64_t>{"none", {}},
    "seed by which tracks are shuffled before they are cut into folds; none, as always with audmem, keeps "
    "the "
    "order of the rows");
  v("stratify", cv.stratify, fits, "deal tracks to folds by quantiles of their scores");
  v("repeats", cv.repeats, study, between(1, 1000),
    "partitions of the tracks into folds, the second and later ones shuffled anew");
  v("groups", cv.groups, input,
    "tracks of one group (song, artist) never stand on two sides of a split: those of the column group where "
    "there is one, or of the column that is named");
}

std::optional<Conflict> conflict(const CrossValidation& cv);

}  // namespace musicmem::config
