// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/coalitions/coalition_scores.h"
#include "models/tabular/mlp.h"
#include "models/tabular/relu_dense.h"

#include <algorithm>
#include <functional>
#include <span>
#include <vector>

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

// The layers behind the first, in single precision: their rounding is far below
// the error of sampling coalitions.
class Rest {
 public:
  explicit Rest(const DenseNetwork& network) {
    for (const DenseLayer& layer : std::span(network).subspan(1)) {
      layers_.emplace_back(layer);
      sums_.emplace_back();
      zeros_.resize(std::max(zeros_.size(), layer.inputs));
    }
  }

  // One score per row of the first layer's sums, inside + outside[r]; valid until the next call.
  const float* scores(const float* inside, const float* outside, std::size_t rows) {
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      sums_[i].resize(rows * layers_[i].outputs());
      layers_[i].apply(i == 0 ? inside : zeros_.data(), i == 0 ? outside : sums_[i - 1].data(), rows,
                       sums_[i].data());
    }
    return sums_.back().data();
  }

 private:
  std::vector<ReluDense> layers_;
  std::vector<std::vector<float>> sums_;
  std::vector<float> zeros_;
};

// Explained rows that go through the coalitions together, so that what they share stays in the cache.
constexpr std::size_t rows_at_once = 8;
constexpr std::size_t coalitions_at_once = 128;

// A network without hidden layers, as the kernel below expects a second layer: the sum goes through
// unchanged, as its positive part less that of its negative.
DenseNetwork with_hidden_layer(const DenseNetwork& network) {
  if (network.size() > 1) return network;
  DenseLayer both = network.front();
  both.outputs = 2;
  for (std::size_t j = 0; j < both.inputs; ++j) both.weight.push_back(-both.weight[j]);
  both.bias.push_back(-both.bias[0]);
  return {both, {2, 1, {1.0F, -1.0F}, {0.0F}}};
}

}  // namespace

// The first layer is linear: its sums over the features of a coalition come from the row, those over the
// others from each background row, once for all explained rows.
data::Matrix MlpRegressor::coalition_scores(const data::Matrix& x, const Coalitions& coalitions,
                                            const Background& background) const {
  const DenseNetwork network = with_hidden_layer(network_);
  const DenseLayer& first = network.front();
  const std::size_t units = first.outputs;
  const std::size_t backgrounds = background.rows.rows();
  data::Matrix terms(first.inputs, units);
  BlockTables<std::plus<>, float> tables(first.inputs, units, 0.0F);
  std::vector<float> outside(coalitions.size() * backgrounds * units);  // by coalition, then background row
  for (std::size_t k = 0; k < backgrounds; ++k) {
    fill_terms(terms, background.rows.row(k), first);
    tables.fill(terms);
    for (std::size_t z = 0; z < coalitions.size(); ++z) {
      float* const sums = outside.data() + (z * backgrounds + k) * units;
      std::copy(first.bias.begin(), first.bias.end(), sums);
      tables.apply(~coalitions.masks[z], sums);
    }
  }
  Rest rest(network);
  data::Matrix scores(x.rows(), coalitions.size(), label_offset_);
  std::vector<float> inside(rows_at_once * coalitions.size() * units);  // by row, then coalition
  for (std::size_t first_row = 0; first_row < x.rows(); first_row += rows_at_once) {
    const std::size_t rows = std::min(rows_at_once, x.rows() - first_row);
    std::fill(inside.begin(), inside.end(), 0.0F);
    for (std::size_t r = 0; r < rows; ++r) {
      fill_terms(terms, x.row(first_row + r), first);
      tables.fill(terms);
      for (std::size_t z = 0; z < coalitions.size(); ++z)
        tables.apply(coalitions.masks[z], inside.data() + (r * coalitions.size() + z) * units);
    }
    for (std::size_t begin = 0; begin < coalitions.size(); begin += coalitions_at_once) {
      const std::size_t end = std::min(begin + coalitions_at_once, coalitions.size());
      for (std::size_t r = 0; r < rows; ++r) {
        for (std::size_t z = begin; z < end; ++z) {
          const float* const score = rest.scores(inside.data() + (r * coalitions.size() + z) * units,
                                                 outside.data() + z * backgrounds * units, backgrounds);
          for (std::size_t k = 0; k < backgrounds; ++k)
            scores(first_row + r, z) += background.weights[k] * score[k];
        }
      }
    }
  }
  return scores;
}

}  // namespace musicmem::models
