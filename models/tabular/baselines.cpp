// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/tabular/baselines.h"

#include "config/error.h"
#include "data/generator.h"

#include <cassert>
#include <charconv>
#include <set>

namespace musicmem::models {
namespace {

constexpr int draws = 1000;

std::uint64_t parse_seed(const weights::StateFile& state) {
  const std::string& text = state.text("generator_seed");
  std::uint64_t seed = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seed);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw Error("generator_seed '" + text + "' is not a whole number", state.origin);
  }
  return seed;
}

// Both are a number or two.
FitCosts no_costs(const config::ModelSpec&, std::uint64_t rows, std::uint64_t columns) {
  constexpr std::uint64_t weights = 1024;
  return {0.0, weights, bytes_of_copies(3, weights, rows, columns)};
}

template <class Model>
std::unique_ptr<Regressor> make(const config::ModelSpec&, const FitLimits&) {
  return std::make_unique<Model>();
}

template <class Model>
std::unique_ptr<Regressor> load(const weights::StateFile& state) {
  return std::make_unique<Model>(state);
}

}  // namespace

constinit const TableModel mean_model = {"mean", make<MeanRegressor>, load<MeanRegressor>, no_costs};
constinit const TableModel random_model = {"random", make<RandomRegressor>, load<RandomRegressor>, no_costs};

MeanRegressor::MeanRegressor(const weights::StateFile& state) : mean_(state.number("mean_label")) {}

void MeanRegressor::fit(const TrainingSet& train, const TrainingSet&, std::uint64_t) {
  assert(train.rows() > 0);
  double sum = 0.0;
  std::set<int> seen;
  for (std::size_t row = 0; row < train.rows(); ++row) {
    if (seen.insert(train.track[row]).second) sum += train.y[row];
  }
  mean_ = sum / static_cast<double>(seen.size());
}

std::vector<double> MeanRegressor::predict(const data::Matrix& x) const {
  return std::vector<double>(x.rows(), mean_);
}

void MeanRegressor::save(weights::StateFile& state) const {
  state.texts["model_name"] = mean_model.name;
  state.numbers["mean_label"] = mean_;
}

RandomRegressor::RandomRegressor(const weights::StateFile& state) : seed_(parse_seed(state)) {}

void RandomRegressor::fit(const TrainingSet&, const TrainingSet&, std::uint64_t seed) {
  seed_ = seed;
}

std::vector<double> RandomRegressor::predict(const data::Matrix& x) const {
  data::Generator generator(seed_);
  std::vector<double> scores(x.rows(), 0.0);
  for (double& score : scores) {
    for (int draw = 0; draw < draws; ++draw) score += generator.uniform();
    score /= draws;
  }
  return scores;
}

void RandomRegressor::save(weights::StateFile& state) const {
  state.texts["model_name"] = random_model.name;
  state.texts["generator_seed"] = std::to_string(seed_);
}

}  // namespace musicmem::models
