// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/ssast/training/batches.h"

#include "data/files/hash.h"
#include "data/generator.h"

#include <algorithm>
#include <string>

namespace musicmem::models {

Share Share::of(std::size_t count, std::size_t part, std::size_t parts) {
  return {count * part / parts, count * (part + 1) / parts};
}

std::vector<std::size_t> epoch_order(std::vector<std::size_t> rows, std::uint64_t fit_seed, int epoch) {
  data::Generator generator(data::seed_from({std::to_string(fit_seed), "order", std::to_string(epoch)}));
  generator.shuffle(rows);
  return rows;
}

std::size_t batches_of(std::size_t rows, std::size_t batch) {
  return (rows + batch - 1) / batch;
}

std::span<const std::size_t> batch_rows(const std::vector<std::size_t>& order, std::size_t batch,
                                        std::size_t index) {
  const std::size_t begin = index * batch;
  return std::span(order).subspan(begin, std::min(batch, order.size() - begin));
}

std::uint64_t row_seed(std::uint64_t fit_seed, const char* purpose, int epoch, std::size_t row) {
  return data::seed_from({std::to_string(fit_seed), purpose, std::to_string(epoch), std::to_string(row)});
}

}  // namespace musicmem::models
