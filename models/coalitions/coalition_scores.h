// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "data/matrix.h"
#include "models/coalitions/coalitions.h"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <vector>

namespace musicmem::models {

// Rows that stand for the training data, normalised, with weights that sum to 1.
struct Background {
  data::Matrix rows;
  std::vector<double> weights;
};

// Of one score for each of the background's rows.
inline double mean_score(const std::vector<double>& scores, const Background& background) {
  return std::inner_product(scores.begin(), scores.end(), background.weights.begin(), 0.0);
}

// Combines (multiplies, adds) numbers over the features of a coalition, for many lanes at once: every choice
// within a block of eight features is combined once, and a coalition is then one look-up per block.
template <class Combine, class Number = double>
class BlockTables {
 public:
  BlockTables(std::size_t features, std::size_t lanes, Number neutral)
      : features_(features), lanes_(lanes), neutral_(neutral), table_(blocks() * choices * lanes) {}

  std::size_t blocks() const { return (features_ + block_bits - 1) / block_bits; }

  // From one number per feature (row) and lane (column, at least as many as `lanes`).
  void fill(const data::Matrix& numbers) {
    for (std::size_t block = 0; block < blocks(); ++block) {
      Number* const entries = table_.data() + block * choices * lanes_;
      std::fill(entries, entries + lanes_, neutral_);
      for (std::size_t bit = 0; bit < block_bits; ++bit) {
        const std::size_t feature = block * block_bits + bit;
        if (feature >= features_) break;
        const double* const number = numbers.row(feature).data();
        const std::size_t count = std::size_t{1} << bit;
        for (std::size_t choice = 0; choice < count; ++choice) {
          const Number* const without = entries + choice * lanes_;
          Number* const with = entries + (choice + count) * lanes_;
          for (std::size_t lane = 0; lane < lanes_; ++lane)
            with[lane] = Combine()(without[lane], static_cast<Number>(number[lane]));
        }
      }
    }
  }

  // Combines `lanes` numbers with those of the features in `mask`; bits beyond the features are ignored.
  void apply(std::uint64_t mask, Number* lanes) const {
    if (features_ < most_explained_features) mask &= (std::uint64_t{1} << features_) - 1;
    for (std::size_t block = 0; block < blocks(); ++block) {
      const std::size_t choice = mask >> (block * block_bits) & (choices - 1);
      const Number* const entry = table_.data() + (block * choices + choice) * lanes_;
      combine(lanes, entry, lanes_);
    }
  }

 private:
  // On its own, or GCC 12 joins the loops of two blocks and leaves them scalar.
  [[gnu::noinline]] static void combine(Number* __restrict lanes, const Number* __restrict entry,
                                        std::size_t count) {
    for (std::size_t lane = 0; lane < count; ++lane) lanes[lane] = Combine()(lanes[lane], entry[lane]);
  }

  static constexpr std::size_t block_bits = 8;
  static constexpr std::size_t choices = std::size_t{1} << block_bits;

  std::size_t features_;
  std::size_t lanes_;
  Number neutral_;
  std::vector<Number> table_;
};

}  // namespace musicmem::models
