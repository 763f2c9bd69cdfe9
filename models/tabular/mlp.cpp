// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/tabular/mlp.h"

#include "config/error.h"
#include "config/settings/model.h"

#include <numeric>
#include <utility>

#include <fmt/ranges.h>

namespace musicmem::models {
namespace {

constexpr std::int64_t most_layers = 64;

std::string layer_name(std::size_t layer, const char* part) {
  return "layer_" + std::to_string(layer) + "." + part;
}

TrainingSet with_shifted_labels(TrainingSet set, double offset) {
  for (double& y : set.y) y -= offset;
  return set;
}

// Layer widths follow from the biases, then every weight must have the shape between its neighbours.
DenseNetwork read_network(const weights::StateFile& state) {
  const auto layers = static_cast<std::size_t>(state.whole_number("layers", 1, most_layers));
  auto inputs = static_cast<std::uint64_t>(state.whole_number("inputs", 1, 1 << 20));
  DenseNetwork network;
  for (std::size_t l = 0; l < layers; ++l) {
    const bool last = l + 1 == layers;
    const auto bias = state.floats.find(layer_name(l, "bias"));
    const std::uint64_t outputs = last || bias == state.floats.end() ? 1 : bias->second.values.size();
    network.push_back({inputs, outputs, state.float_array(layer_name(l, "weight"), {outputs, inputs}),
                       state.float_array(layer_name(l, "bias"), {outputs})});
    inputs = outputs;
  }
  return network;
}

// "35-100-32-1"
std::string widths_text(std::size_t inputs, const std::vector<std::size_t>& outputs) {
  return fmt::format("{}-{}", inputs, fmt::join(outputs, "-"));
}

std::vector<std::size_t> outputs_of(const DenseNetwork& network) {
  std::vector<std::size_t> outputs;
  for (const DenseLayer& layer : network) outputs.push_back(layer.outputs);
  return outputs;
}

// The network to start from; empty for a random one.
DenseNetwork initial_network(const config::MlpSettings& settings, std::size_t inputs) {
  if (settings.weights.empty()) return {};
  const weights::StateFile state = weights::read_state_file(settings.weights);
  const std::string name = state.text("model_name");
  if (name != mlp_model.name) throw Error("weights of " + name + " are no start for an mlp", state.origin);
  DenseNetwork network = read_network(state);
  std::vector<std::size_t> outputs(settings.hidden.begin(), settings.hidden.end());
  outputs.push_back(1);
  if (network.front().inputs == inputs && outputs_of(network) == outputs) return network;
  throw Error(
      fmt::format("the weights are of an mlp of widths {}, to be trained is one of {}",
                  widths_text(network.front().inputs, outputs_of(network)), widths_text(inputs, outputs)),
      state.origin, "give weights of the same features and hidden widths");
}

// Weights that have seen the test tracks make scores look better than they are.
std::string warning_of_weights(const config::ModelSpec& model, double) {
  if (model.mlp.weights.empty()) return "";
  return fmt::format(
      "models.{} starts from {}: if that has learned from tracks of this study, scores look better than they are",
      model.label, model.mlp.weights.filename().string());
}

FitCosts costs_of_mlp(const config::ModelSpec&, std::uint64_t rows, std::uint64_t columns) {
  constexpr double per_row = 2e-3;
  const std::uint64_t weights = (columns + 33) * 100 * sizeof(double);
  return {per_row * static_cast<double>(rows), weights, bytes_of_copies(3, weights, rows, columns)};
}

}  // namespace

MlpRegressor::MlpRegressor(const config::MlpSettings& settings, data::EventFile* events)
    : settings_(settings), events_(events) {}

MlpRegressor::MlpRegressor(const weights::StateFile& state)
    : network_(read_network(state)), label_offset_(state.number("label_offset")) {}

void MlpRegressor::fit(const TrainingSet& train, const TrainingSet& validation, std::uint64_t seed) {
  if (validation.rows() == 0) {
    throw Error("mlp has no validation tracks to stop by", "", "add tracks or lower cross_validation.folds");
  }
  label_offset_ = 0.0;
  if (settings_.center_labels) {
    label_offset_ = std::accumulate(train.y.begin(), train.y.end(), 0.0) / static_cast<double>(train.rows());
  }
  MlpFit fit = train_mlp_late(with_shifted_labels(train, label_offset_),
                              with_shifted_labels(validation, label_offset_), settings_, seed, events_,
                              initial_network(settings_, train.x.columns()));
  network_ = std::move(fit.network);
  curve_ = std::move(fit.curve);
}

std::vector<double> MlpRegressor::predict(const data::Matrix& x) const {
  std::vector<double> scores = forward(network_, x);
  for (double& score : scores) score += label_offset_;
  return scores;
}

void MlpRegressor::save(weights::StateFile& state) const {
  state.texts["model_name"] = mlp_model.name;
  state.numbers["layers"] = static_cast<double>(network_.size());
  state.numbers["inputs"] = static_cast<double>(network_.front().inputs);
  state.numbers["label_offset"] = label_offset_;
  for (std::size_t l = 0; l < network_.size(); ++l) {
    const DenseLayer& layer = network_[l];
    state.floats[layer_name(l, "weight")] = {{layer.outputs, layer.inputs}, layer.weight};
    state.floats[layer_name(l, "bias")] = {{layer.outputs}, layer.bias};
  }
}

constinit const TableModel mlp_model = {
    "mlp",
    [](const config::ModelSpec& model, const FitLimits& limits) -> std::unique_ptr<Regressor> {
      return std::make_unique<MlpRegressor>(model.mlp, limits.events);
    },
    [](const weights::StateFile& state) -> std::unique_ptr<Regressor> {
      return std::make_unique<MlpRegressor>(state);
    },
    costs_of_mlp,
    nullptr,
    warning_of_weights};

}  // namespace musicmem::models
