// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/tabular/components.h"

#include "config/error.h"

#include <utility>

namespace musicmem::models {
namespace {

constexpr const char* mean_name = "pca.mean";
constexpr const char* directions_name = "pca.directions";

TrainingSet on_components(const TrainingSet& set, const PrincipalComponents& components) {
  TrainingSet result = set;
  result.x = set.rows() > 0 ? components.apply(set.x) : data::Matrix(0, components.directions.rows());
  return result;
}

}  // namespace

ComponentsRegressor::ComponentsRegressor(std::unique_ptr<Regressor> inner, const ComponentCount& count)
    : inner_(std::move(inner)), count_(count) {}

ComponentsRegressor::ComponentsRegressor(std::unique_ptr<Regressor> inner, const weights::StateFile& state)
    : inner_(std::move(inner)) {
  const weights::Array<double>& directions = state.double_array(directions_name);
  if (directions.shape.size() != 2)
    throw Error(std::string("array '") + directions_name + "' is not a matrix", state.origin);
  components_.directions = data::Matrix(directions.shape[0], directions.shape[1]);
  components_.directions.values() = directions.values;
  components_.mean = state.double_array(mean_name, {directions.shape[1]});
  if (inner_->inputs().value_or(directions.shape[0]) != directions.shape[0])
    throw Error("the model takes " + std::to_string(*inner_->inputs()) + " components but the file has " +
                    std::to_string(directions.shape[0]),
                state.origin);
}

bool ComponentsRegressor::stands_in(const weights::StateFile& state) {
  return state.doubles.contains(directions_name);
}

void ComponentsRegressor::fit(const TrainingSet& train, const TrainingSet& validation, std::uint64_t seed) {
  components_ = PrincipalComponents::of(train.x, count_);
  inner_->fit(on_components(train, components_), on_components(validation, components_), seed);
}

std::vector<double> ComponentsRegressor::predict(const data::Matrix& x) const {
  return inner_->predict(components_.apply(x));
}

void ComponentsRegressor::save(weights::StateFile& state) const {
  inner_->save(state);
  state.doubles[mean_name] = {{components_.mean.size()}, components_.mean};
  const data::Matrix& directions = components_.directions;
  state.doubles[directions_name] = {{directions.rows(), directions.columns()}, directions.values()};
}

std::optional<std::vector<double>> ComponentsRegressor::linear_slope() const {
  const auto slope = inner_->linear_slope();
  return slope ? std::optional(components_.slope_over_columns(*slope)) : std::nullopt;
}

}  // namespace musicmem::models
