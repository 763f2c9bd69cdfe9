// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/tabular/table_model.h"

// What a model must beat. Neither looks at features.
namespace musicmem::models {

// The mean of the training labels, each track counted once.
class MeanRegressor : public Regressor {
 public:
  MeanRegressor() = default;
  explicit MeanRegressor(const weights::StateFile& state);

  void fit(const TrainingSet& train, const TrainingSet& validation, std::uint64_t seed) override;
  std::vector<double> predict(const data::Matrix& x) const override;
  void save(weights::StateFile& state) const override;

 private:
  double mean_ = 0.0;
};

// Uniform random scores in [0, 1), averaged over 1000 draws for every row. The draws follow from the seed and
// the row's place alone.
class RandomRegressor : public Regressor {
 public:
  RandomRegressor() = default;
  explicit RandomRegressor(const weights::StateFile& state);

  void fit(const TrainingSet& train, const TrainingSet& validation, std::uint64_t seed) override;
  std::vector<double> predict(const data::Matrix& x) const override;
  void save(weights::StateFile& state) const override;

 private:
  std::uint64_t seed_ = 0;
};

extern const TableModel mean_model;
extern const TableModel random_model;

}  // namespace musicmem::models
