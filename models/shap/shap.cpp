// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/shap/shap.h"

#include "config/error.h"
#include "data/generator.h"
#include "models/statistics/metrics.h"

#include <algorithm>
#include <cassert>
#include <limits>
#include <numeric>
#include <string>

namespace musicmem::models {
namespace {

double squared_distance(std::span<const double> a, std::span<const double> b) {
  double sum = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return sum;
}

// The first center at random, each other with a chance that grows with the squared distance from the nearest.
data::Matrix seed_centers(const data::Matrix& x, std::size_t count, data::Generator& generator) {
  data::Matrix centers(0, x.columns());
  centers.append_row(x.row(static_cast<std::size_t>(generator.below(x.rows()))));
  std::vector<double> nearest(x.rows(), std::numeric_limits<double>::infinity());
  while (centers.rows() < count) {
    double total = 0.0;
    for (std::size_t r = 0; r < x.rows(); ++r) {
      nearest[r] = std::min(nearest[r], squared_distance(x.row(r), centers.row(centers.rows() - 1)));
      total += nearest[r];
    }
    if (!(total > 0.0)) break;
    double left = generator.uniform() * total;
    std::size_t chosen = 0;
    while (chosen + 1 < x.rows() && left >= nearest[chosen]) left -= nearest[chosen++];
    centers.append_row(x.row(chosen));
  }
  return centers;
}

std::size_t nearest_center(std::span<const double> row, const data::Matrix& centers) {
  std::size_t best = 0;
  double smallest = std::numeric_limits<double>::infinity();
  for (std::size_t c = 0; c < centers.rows(); ++c) {
    const double distance = squared_distance(row, centers.row(c));
    if (distance < smallest) {
      smallest = distance;
      best = c;
    }
  }
  return best;
}

// E. Strumbelj, I. Kononenko, 2014: a linear score's value of a feature is its slope times the feature's
// distance from the background's mean.
data::Matrix linear_values(const std::vector<double>& slope, const data::Matrix& x,
                           const Background& background) {
  data::Matrix values(x.rows(), x.columns());
  for (std::size_t j = 0; j < x.columns(); ++j) {
    double mean = 0.0;
    for (std::size_t k = 0; k < background.rows.rows(); ++k) {
      mean += background.weights[k] * background.rows(k, j);
    }
    for (std::size_t r = 0; r < x.rows(); ++r) values(r, j) = slope[j] * (x(r, j) - mean);
  }
  return values;
}

std::vector<Block> single_columns(std::size_t columns) {
  std::vector<Block> blocks;
  for (std::size_t column = 0; column < columns; ++column) blocks.push_back({column});
  return blocks;
}

// [rows, columns] -> [rows, blocks]
data::Matrix sums_over(const data::Matrix& values, const std::vector<Block>& blocks) {
  data::Matrix sums(values.rows(), blocks.size());
  for (std::size_t r = 0; r < values.rows(); ++r) {
    for (std::size_t b = 0; b < blocks.size(); ++b) {
      sums(r, b) = values(r, blocks[b].front());
      for (std::size_t i = 1; i < blocks[b].size(); ++i) sums(r, b) += values(r, blocks[b][i]);
    }
  }
  return sums;
}

// The mean score of every mixture of a row and the background: [rows, coalitions], as Regressor::coalition_scores().
data::Matrix scores_of_blocks(const Regressor& model, const data::Matrix& x, const Coalitions& coalitions,
                              const Background& background, const std::vector<Block>& blocks) {
  data::Matrix scores(x.rows(), coalitions.size());
  for (std::size_t r = 0; r < x.rows(); ++r) {
    for (std::size_t z = 0; z < coalitions.size(); ++z) {
      data::Matrix mixed = background.rows;
      for (std::size_t b = 0; b < blocks.size(); ++b) {
        if ((coalitions.masks[z] >> b & 1U) == 0) continue;
        for (std::size_t k = 0; k < mixed.rows(); ++k) {
          for (const std::size_t column : blocks[b]) mixed(k, column) = x(r, column);
        }
      }
      scores(r, z) = mean_score(model.predict(mixed), background);
    }
  }
  return scores;
}

}  // namespace

Background kmeans_background(const data::Matrix& x, std::size_t centers, std::uint64_t seed) {
  assert(x.rows() > 0 && centers > 0);
  constexpr int most_rounds = 300;
  data::Generator generator(seed);
  Background background{seed_centers(x, std::min(centers, x.rows()), generator), {}};
  const std::size_t count = background.rows.rows();
  std::vector<std::size_t> assigned(x.rows(), count);
  for (int round = 0; round < most_rounds; ++round) {
    bool changed = false;
    for (std::size_t r = 0; r < x.rows(); ++r) {
      const std::size_t nearest = nearest_center(x.row(r), background.rows);
      changed |= nearest != assigned[r];
      assigned[r] = nearest;
    }
    data::Matrix sums(count, x.columns());
    std::vector<double> members(count, 0.0);
    for (std::size_t r = 0; r < x.rows(); ++r) {
      ++members[assigned[r]];
      for (std::size_t j = 0; j < x.columns(); ++j) sums(assigned[r], j) += x(r, j);
    }
    for (std::size_t c = 0; c < count; ++c) {
      if (members[c] == 0.0) continue;  // keeps its place
      for (std::size_t j = 0; j < x.columns(); ++j) background.rows(c, j) = sums(c, j) / members[c];
    }
    background.weights = members;
    if (!changed) break;
  }
  for (double& weight : background.weights) weight /= static_cast<double>(x.rows());
  return background;
}

ShapValues shap_values(const Regressor& model, const data::Matrix& x, const Background& background,
                       const ShapSettings& settings) {
  return shap_values(model, x, background, single_columns(x.columns()), settings);
}

ShapValues shap_values(const Regressor& model, const data::Matrix& x, const Background& background,
                       const std::vector<Block>& blocks, const ShapSettings& settings) {
  ShapValues result;
  result.base = mean_score(model.predict(background.rows), background);
  result.predictions = model.predict(x);
  if (const auto slope = model.linear_slope()) {
    result.values = sums_over(linear_values(*slope, x, background), blocks);
    return result;
  }
  if (blocks.size() > most_explained_features) {
    throw Error("kernel SHAP explains up to " + std::to_string(most_explained_features) +
                    " features, the model has " + std::to_string(blocks.size()),
                "", "explain it by blocks of features: --blocks");
  }
  result.values = data::Matrix(x.rows(), blocks.size());
  if (blocks.size() == 1) {
    for (std::size_t r = 0; r < x.rows(); ++r) result.values(r, 0) = result.predictions[r] - result.base;
    return result;
  }
  const std::size_t samples = settings.samples > 0 ? settings.samples : usual_samples(blocks.size());
  const Coalitions coalitions = draw_coalitions(blocks.size(), samples, settings.seed);
  const ShapleyRegression regression(coalitions);
  const data::Matrix scores = blocks.size() == x.columns()
                                  ? model.coalition_scores(x, coalitions, background)
                                  : scores_of_blocks(model, x, coalitions, background, blocks);
  for (std::size_t r = 0; r < x.rows(); ++r) {
    const std::vector<double> values = regression.values(scores.row(r), result.predictions[r], result.base);
    std::copy(values.begin(), values.end(), result.values.row(r).begin());
  }
  return result;
}

std::vector<double> permutation_importance(const Regressor& model, const data::Matrix& x,
                                           const std::vector<double>& labels, int repeats,
                                           std::uint64_t seed) {
  return permutation_importance(model, x, labels, single_columns(x.columns()), repeats, seed);
}

std::vector<double> permutation_importance(const Regressor& model, const data::Matrix& x,
                                           const std::vector<double>& labels,
                                           const std::vector<Block>& blocks, int repeats,
                                           std::uint64_t seed) {
  data::Generator generator(seed);
  const double before = mean_squared_error(labels, model.predict(x));
  std::vector<double> importance;
  for (const Block& block : blocks) {
    double sum = 0.0;
    for (int repeat = 0; repeat < repeats; ++repeat) {
      std::vector<std::size_t> from(x.rows());
      std::iota(from.begin(), from.end(), std::size_t{0});
      generator.shuffle(from);
      data::Matrix shuffled = x;
      for (std::size_t r = 0; r < x.rows(); ++r) {
        for (const std::size_t column : block) shuffled(r, column) = x(from[r], column);
      }
      sum += mean_squared_error(labels, model.predict(shuffled)) - before;
    }
    importance.push_back(sum / repeats);
  }
  return importance;
}

}  // namespace musicmem::models
