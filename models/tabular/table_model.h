// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/tabular/regressor.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace musicmem::models {

// What one fit takes, roughly.
struct FitCosts {
  double seconds = 0.0;  // on one core
  std::uint64_t weight_bytes = 0;
  std::uint64_t memory_bytes = 0;
};
using FitCostsOf = FitCosts (*)(const config::ModelSpec& model, std::uint64_t rows, std::uint64_t columns);

// A kind of model that learns from rows of numbers. Its entry stands in its own source, table_models() lists
// it.
struct TableModel {
  std::string_view name;  // as in experiments and in weights files
  std::unique_ptr<Regressor> (*make)(const config::ModelSpec& model, const FitLimits& limits);
  std::unique_ptr<Regressor> (*load)(const weights::StateFile& state);
  FitCostsOf costs;
  // Whether its score is linear in the features, which makes explanations exact; null for never.
  bool (*is_linear)(const config::ModelSpec& model) = nullptr;
  // What its settings say of the results to come where labels have this standard deviation, above 0; "" for
  // nothing. Null for a model that never has anything to say.
  std::string (*settings_warning)(const config::ModelSpec& model, double label_deviation) = nullptr;
  // Fits that differ in these alone cost little more than one where they follow each other on the same rows.
  std::span<const std::string_view> cheap_settings = {};
};

const std::vector<const TableModel*>& table_models();

// Null for a name that is none.
const TableModel* find_table_model(std::string_view name);

// Throws Error with `where` for a name that is none.
const TableModel& table_model(std::string_view name, const std::string& where);

// Memory of a fit that holds so many copies of its rows or weights, whichever are larger.
inline std::uint64_t bytes_of_copies(std::uint64_t copies, std::uint64_t weight_bytes, std::uint64_t rows,
                                     std::uint64_t columns) {
  return copies * std::max(weight_bytes, rows * columns * sizeof(double));
}

}  // namespace musicmem::models
