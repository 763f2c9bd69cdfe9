// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/coalition_scores.h"
#include "models/mlp.h"

#include <functional>
#include <utility>

namespace musicmem::models {
namespace {

// weight_{hj} v_j of every feature j (row) and unit h of the first layer (column).
void fill_terms(data::Matrix& terms, std::span<const double> v, const DenseLayer& layer) {
  for (std::size_t j = 0; j < layer.inputs; ++j) {
    for (std::size_t h = 0; h < layer.outputs; ++h) {
      terms(j, h) = static_cast<double>(layer.weight[h * layer.inputs + j]) * v[j];
    }
  }
}

// A layer with its weights turned, [inputs][outputs]: one input after the other is added to all outputs, and
// inputs that ReLU made zero are passed over.
struct TurnedLayer {
  std::size_t inputs;
  std::size_t outputs;
  std::vector<double> weight;
  std::vector<double> bias;

  explicit TurnedLayer(const DenseLayer& layer)
      : inputs(layer.inputs),
        outputs(layer.outputs),
        weight(layer.weight.size()),
        bias(layer.bias.begin(), layer.bias.end()) {
    for (std::size_t o = 0; o < outputs; ++o) {
      for (std::size_t i = 0; i < inputs; ++i) weight[i * outputs + o] = layer.weight[o * inputs + i];
    }
  }

  void apply_to_positive(const std::vector<double>& input, std::vector<double>& output) const {
    output = bias;
    double* const __restrict out = output.data();
    for (std::size_t i = 0; i < inputs; ++i) {
      const double scale = input[i];
      if (!(scale > 0.0)) continue;
      const double* const __restrict row = weight.data() + i * outputs;
      for (std::size_t o = 0; o < outputs; ++o) out[o] += scale * row[o];
    }
  }
};

// The rest of the network after the first layer's sums.
class Rest {
 public:
  explicit Rest(const DenseNetwork& network) : layers_(network.begin() + 1, network.end()) {}

  double score(std::vector<double>& sums) {
    for (const TurnedLayer& layer : layers_) {
      layer.apply_to_positive(sums, next_);
      std::swap(sums, next_);
    }
    return sums.front();
  }

 private:
  std::vector<TurnedLayer> layers_;
  std::vector<double> next_;
};

}  // namespace

// The first layer is linear: its sums over the features of a coalition come from the row, those over the
// others from each background row, once for all explained rows.
data::Matrix MlpRegressor::coalition_scores(const data::Matrix& x, const Coalitions& coalitions,
                                            const Background& background) const {
  const DenseLayer& first = network_.front();
  const std::size_t units = first.outputs;
  data::Matrix terms(first.inputs, units);
  BlockTables<std::plus<>> tables(first.inputs, units, 0.0);
  data::Matrix outside(background.rows.rows() * coalitions.size(), units);
  for (std::size_t k = 0; k < background.rows.rows(); ++k) {
    fill_terms(terms, background.rows.row(k), first);
    tables.fill(terms);
    for (std::size_t z = 0; z < coalitions.size(); ++z) {
      double* const sums = outside.row(k * coalitions.size() + z).data();
      std::copy(first.bias.begin(), first.bias.end(), sums);
      tables.apply(~coalitions.masks[z], sums);
    }
  }
  Rest rest(network_);
  data::Matrix scores(x.rows(), coalitions.size(), label_offset_);
  std::vector<double> inside(units);
  std::vector<double> sums(units);
  for (std::size_t r = 0; r < x.rows(); ++r) {
    fill_terms(terms, x.row(r), first);
    tables.fill(terms);
    for (std::size_t z = 0; z < coalitions.size(); ++z) {
      std::fill(inside.begin(), inside.end(), 0.0);
      tables.apply(coalitions.masks[z], inside.data());
      for (std::size_t k = 0; k < background.rows.rows(); ++k) {
        const std::span<const double> from_background = outside.row(k * coalitions.size() + z);
        sums.resize(units);
        for (std::size_t h = 0; h < units; ++h) sums[h] = inside[h] + from_background[h];
        scores(r, z) += background.weights[k] * rest.score(sums);
      }
    }
  }
  return scores;
}

}  // namespace musicmem::models
