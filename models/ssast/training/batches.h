// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

// Which rows a training step sees, and who computes which of them. Nothing here depends on the size of the
// group but the shares, so that every group makes the same steps.
namespace musicmem::models {

// [begin, end) of `part` when `count` things are dealt to `parts` in order, as evenly as can be.
struct Share {
  std::size_t begin = 0;
  std::size_t end = 0;

  static Share of(std::size_t count, std::size_t part, std::size_t parts);
  std::size_t size() const { return end - begin; }
};

// The rows in the order of one epoch.
std::vector<std::size_t> epoch_order(std::vector<std::size_t> rows, std::uint64_t fit_seed, int epoch);

// Steps of an epoch: every row once, the last batch as small as it comes.
std::size_t batches_of(std::size_t rows, std::size_t batch);

// The rows of the whole group's batch `index`.
std::span<const std::size_t> batch_rows(const std::vector<std::size_t>& order, std::size_t batch,
                                        std::size_t index);

// Seed of what is random about one row in one epoch, for one purpose ("input", "dropout").
std::uint64_t row_seed(std::uint64_t fit_seed, const char* purpose, int epoch, std::size_t row);

}  // namespace musicmem::models
