// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/shap/shap.h"

#include "config/error.h"
#include "data/generator.h"
#include "models/tabular/mlp.h"
#include "models/tabular/svr.h"
#include "tests/models/example_table.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace musicmem::models {
namespace {

using ::testing::DoubleNear;
using ::testing::Pointwise;

data::hdf5::Reader open_shap() {
  return data::hdf5::Reader(MUSICMEM_TEST_DATA "/shap_golden.h5");
}

Background golden_background(const data::hdf5::Reader& golden) {
  return {testing::golden_matrix(golden, "background/rows"), golden.doubles("background/weights")};
}

SvrRegressor golden_svr(const data::hdf5::Reader& golden) {
  weights::StateFile state;
  const data::Matrix vectors = testing::golden_matrix(golden, "svr/support_vectors");
  state.doubles["support_vectors"] = {{vectors.rows(), vectors.columns()}, vectors.values()};
  state.doubles["coefficients"] = {{vectors.rows()}, golden.doubles("svr/coefficients")};
  state.numbers["intercept"] = golden.doubles("svr/intercept")[0];
  state.numbers["gamma"] = golden.doubles("svr/gamma")[0];
  return SvrRegressor(state);
}

MlpRegressor golden_mlp(const data::hdf5::Reader& golden) {
  weights::StateFile state;
  constexpr int layers = 3;
  state.numbers = {{"layers", layers}, {"inputs", 10}, {"label_offset", 0.0}};
  for (int l = 0; l < layers; ++l) {
    const std::string layer = "layer_" + std::to_string(l);
    const data::Matrix weight = testing::golden_matrix(golden, "mlp/weight_" + std::to_string(l));
    const std::vector<double> bias = golden.doubles("mlp/bias_" + std::to_string(l));
    state.floats[layer + ".weight"] = {{weight.rows(), weight.columns()},
                                       {weight.values().begin(), weight.values().end()}};
    state.floats[layer + ".bias"] = {{bias.size()}, {bias.begin(), bias.end()}};
  }
  return MlpRegressor(state);
}

data::Matrix random_matrix(std::size_t rows, std::size_t columns, std::uint64_t seed) {
  data::Generator generator(seed);
  data::Matrix x(rows, columns);
  for (double& value : x.values()) value = 4.0 * generator.uniform() - 2.0;
  return x;
}

// An SVR of made-up support vectors, as wide as the study's features.
SvrRegressor wide_svr(std::size_t features, std::size_t vectors) {
  const data::Matrix support = random_matrix(vectors, features, 3);
  weights::StateFile state;
  state.doubles["support_vectors"] = {{vectors, features}, support.values()};
  state.doubles["coefficients"] = {{vectors}, random_matrix(1, vectors, 4).values()};
  state.numbers = {{"intercept", 0.3}, {"gamma", 0.5 / static_cast<double>(features)}};
  return SvrRegressor(state);
}

MlpRegressor wide_mlp(std::size_t features) {
  weights::StateFile state;
  state.numbers = {{"layers", 3}, {"inputs", static_cast<double>(features)}, {"label_offset", 0.2}};
  const std::vector<std::size_t> widths = {features, 20, 7, 1};
  for (std::size_t l = 0; l + 1 < widths.size(); ++l) {
    const std::string layer = "layer_" + std::to_string(l);
    const std::vector<double> weight = random_matrix(widths[l + 1], widths[l], 5 + l).values();
    state.floats[layer + ".weight"] = {{widths[l + 1], widths[l]}, {weight.begin(), weight.end()}};
    state.floats[layer + ".bias"] = {{widths[l + 1]}, std::vector<float>(widths[l + 1], 0.1F)};
  }
  return MlpRegressor(state);
}

// The definition: over all sets without the feature, the mean gain of adding it.
std::vector<double> shapley_by_definition(const Regressor& model, const data::Matrix& row,
                                          const Background& background) {
  const std::size_t n = row.columns();
  const auto full = (std::size_t{1} << n) - 1;
  Coalitions all{n, {}, {}};
  for (std::size_t mask = 0; mask <= full; ++mask) all.masks.push_back(mask);
  const data::Matrix scores = model.Regressor::coalition_scores(row, all, background);
  std::vector<double> values(n, 0.0);
  for (std::size_t j = 0; j < n; ++j) {
    for (std::size_t mask = 0; mask <= full; ++mask) {
      if ((mask >> j & 1U) != 0) continue;
      const auto size = static_cast<double>(std::popcount(mask));
      const double log_weight = std::lgamma(size + 1.0) + std::lgamma(static_cast<double>(n) - size) -
                                std::lgamma(static_cast<double>(n) + 1.0);
      values[j] += std::exp(log_weight) * (scores(0, mask | std::size_t{1} << j) - scores(0, mask));
    }
  }
  return values;
}

TEST(Shap, of_an_svr_agrees_with_the_shap_package) {
  const auto golden = open_shap();

  const ShapValues shap =
      shap_values(golden_svr(golden), testing::golden_matrix(golden, "rows"), golden_background(golden));

  EXPECT_THAT(shap.predictions, Pointwise(DoubleNear(1e-10), golden.doubles("svr/scores")));
  EXPECT_THAT(shap.values.values(), Pointwise(DoubleNear(1e-9), golden.doubles("svr/shap")));
}

TEST(Shap, of_an_mlp_agrees_with_the_shap_package) {
  const auto golden = open_shap();

  const ShapValues shap =
      shap_values(golden_mlp(golden), testing::golden_matrix(golden, "rows"), golden_background(golden));

  // Single precision; the sampling error of such values is in the fourth digit.
  EXPECT_THAT(shap.values.values(), Pointwise(DoubleNear(1e-7), golden.doubles("mlp/shap")));
}

TEST(Shap, of_a_linear_svr_is_exact_and_agrees_with_the_shap_package) {
  const auto golden = open_shap();
  config::SvrSettings settings;
  settings.kernel = config::SvrKernel::linear;
  SvrRegressor svr(settings, {});
  TrainingSet train;
  train.x = testing::golden_matrix(golden, "linear/x");
  train.y = golden.doubles("linear/y");

  svr.fit(train, {}, 1);
  const ShapValues shap = shap_values(svr, testing::golden_matrix(golden, "rows"), golden_background(golden));

  EXPECT_THAT(shap.predictions, Pointwise(DoubleNear(1e-9), golden.doubles("linear/scores")));
  EXPECT_THAT(shap.values.values(), Pointwise(DoubleNear(1e-8), golden.doubles("linear/shap")));
}

TEST(Shap, of_few_features_is_the_definition) {
  const SvrRegressor svr = wide_svr(6, 9);
  const data::Matrix row = random_matrix(1, 6, 11);
  const Background background{random_matrix(3, 6, 12), {0.5, 0.25, 0.25}};

  const ShapValues shap = shap_values(svr, row, background);

  EXPECT_THAT(shap.values.values(),
              Pointwise(DoubleNear(1e-12), shapley_by_definition(svr, row, background)));
}

TEST(Shap, values_add_up_to_the_prediction) {
  const data::Matrix rows = random_matrix(4, 33, 13);
  const Background background = kmeans_background(random_matrix(40, 33, 14), 10, 1);

  const ShapValues shap = shap_values(wide_mlp(33), rows, background);

  for (std::size_t r = 0; r < rows.rows(); ++r) {
    const auto values = shap.values.row(r);
    EXPECT_NEAR(std::accumulate(values.begin(), values.end(), shap.base), shap.predictions[r], 1e-10);
  }
}

TEST(CoalitionScores, of_an_mlp_without_hidden_layers_are_those_of_every_mixture_predicted) {
  weights::StateFile state;
  const std::vector<double> weight = random_matrix(1, 12, 8).values();
  state.numbers = {{"layers", 1}, {"inputs", 12}, {"label_offset", 0.25}};
  state.floats["layer_0.weight"] = {{1, 12}, {weight.begin(), weight.end()}};
  state.floats["layer_0.bias"] = {{1}, {0.5F}};
  const MlpRegressor linear(state);
  const data::Matrix rows = random_matrix(2, 12, 15);
  const Background background{random_matrix(3, 12, 16), {0.2, 0.3, 0.5}};
  const Coalitions coalitions = draw_coalitions(12, 100, 2);

  const data::Matrix fast = linear.coalition_scores(rows, coalitions, background);

  EXPECT_THAT(
      fast.values(),
      Pointwise(DoubleNear(1e-5), linear.Regressor::coalition_scores(rows, coalitions, background).values()));
}

TEST(CoalitionScores, of_svr_and_mlp_are_those_of_every_mixture_predicted) {
  const data::Matrix rows = random_matrix(3, 33, 15);
  const Background background{random_matrix(4, 33, 16), {0.1, 0.2, 0.3, 0.4}};
  const Coalitions coalitions = draw_coalitions(33, 150, 2);
  const SvrRegressor svr = wide_svr(33, 150);
  const MlpRegressor mlp = wide_mlp(33);

  for (const Regressor* model : {static_cast<const Regressor*>(&svr), static_cast<const Regressor*>(&mlp)}) {
    const data::Matrix fast = model->coalition_scores(rows, coalitions, background);
    const data::Matrix slow = model->Regressor::coalition_scores(rows, coalitions, background);

    // Networks are computed in single precision; the scores are up to 80.
    EXPECT_THAT(fast.values(), Pointwise(DoubleNear(model == &svr ? 1e-11 : 80 * 1e-6), slow.values()));
  }
}

TEST(Coalitions, are_balanced_distinct_and_weigh_one) {
  const Coalitions coalitions = draw_coalitions(33, usual_samples(33), 7);

  const std::set<std::uint64_t> distinct(coalitions.masks.begin(), coalitions.masks.end());
  EXPECT_EQ(distinct.size(), coalitions.size());
  EXPECT_LE(coalitions.size(), usual_samples(33));
  EXPECT_GE(coalitions.size(), usual_samples(33) - 1);
  EXPECT_NEAR(std::accumulate(coalitions.weights.begin(), coalitions.weights.end(), 0.0), 1.0, 1e-12);
  const std::uint64_t all = (std::uint64_t{1} << 33U) - 1;
  std::size_t unpaired = 0;
  for (const std::uint64_t mask : coalitions.masks) {
    EXPECT_NE(mask, 0U);
    EXPECT_NE(mask, all);
    unpaired += distinct.contains(all & ~mask) ? 0 : 1;
  }
  EXPECT_LE(unpaired, 1U);
}

TEST(Coalitions, of_few_features_are_all_of_them) {
  for (const std::size_t features : {2U, 3U, 4U, 7U}) {
    EXPECT_EQ(draw_coalitions(features, 5000, 1).size(), (std::size_t{1} << features) - 2) << features;
  }
}

TEST(Coalitions, too_few_to_determine_the_values_are_refused) {
  constexpr std::size_t features = 33;
  Coalitions repeated{features, {}, {}};
  for (std::size_t i = 0; i < 200; ++i) {
    repeated.masks.push_back(std::uint64_t{1} << (i % 20));
    repeated.weights.push_back(1.0 / 200);
  }

  EXPECT_THROW(ShapleyRegression(draw_coalitions(features, fewest_samples(features) - 4, 1)), Error);
  EXPECT_THROW(ShapleyRegression{repeated}, Error);
  EXPECT_NO_THROW(ShapleyRegression(draw_coalitions(features, 500, 1)));
  for (const std::size_t few : {2U, 3U, 4U, 5U, 8U}) {
    EXPECT_NO_THROW(ShapleyRegression(draw_coalitions(few, 5000, 1))) << few;
    EXPECT_LE(fewest_samples(few), (std::size_t{1} << few) - 2);
  }
}

TEST(KmeansBackground, finds_clear_clusters_and_their_shares) {
  data::Matrix x(0, 2);
  for (int i = 0; i < 30; ++i) x.append_row(std::vector<double>{10.0 + 0.01 * (i % 3), 0.0});
  for (int i = 0; i < 10; ++i) x.append_row(std::vector<double>{-5.0, 0.01 * (i % 2)});

  const Background background = kmeans_background(x, 2, 9);

  ASSERT_EQ(background.rows.rows(), 2);
  const std::size_t large = background.weights[0] > 0.5 ? 0 : 1;
  EXPECT_NEAR(background.weights[large], 0.75, 1e-12);
  EXPECT_NEAR(background.rows(large, 0), 10.01, 1e-9);
  EXPECT_NEAR(background.rows(1 - large, 0), -5.0, 1e-9);
}

TEST(PermutationImportance, is_found_where_the_score_comes_from_and_nowhere_else) {
  weights::StateFile state;
  state.doubles["slope"] = {{2}, {1.0, 0.0}};
  state.numbers["intercept"] = 0.0;
  const SvrRegressor model(state);
  const data::Matrix x = random_matrix(50, 2, 21);
  const std::vector<double> labels = model.predict(x);

  const std::vector<double> importance = permutation_importance(model, x, labels, 3, 1);

  EXPECT_GT(importance[0], 0.5);
  EXPECT_EQ(importance[1], 0.0);
}

// Shapley's sum over all orders (L. Shapley, 1953), of players that are blocks of columns.
std::vector<double> shapley_of_blocks(const Regressor& model, const data::Matrix& x,
                                      const Background& background, const std::vector<Block>& blocks) {
  const auto value = [&](std::uint64_t mask) {
    data::Matrix mixed = background.rows;
    for (std::size_t b = 0; b < blocks.size(); ++b) {
      for (std::size_t k = 0; (mask >> b & 1U) != 0 && k < mixed.rows(); ++k) {
        for (const std::size_t column : blocks[b]) mixed(k, column) = x(0, column);
      }
    }
    return mean_score(model.predict(mixed), background);
  };
  std::vector<std::size_t> order(blocks.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::vector<double> sums(blocks.size(), 0.0);
  double orders = 0.0;
  do {
    std::uint64_t mask = 0;
    for (const std::size_t player : order) {
      const double before = value(mask);
      mask |= std::uint64_t{1} << player;
      sums[player] += value(mask) - before;
    }
    orders += 1.0;
  } while (std::next_permutation(order.begin(), order.end()));
  for (double& sum : sums) sum /= orders;
  return sums;
}

TEST(ShapOfBlocks, is_shapleys_sum_over_all_orders) {
  const data::hdf5::Reader golden(MUSICMEM_TEST_DATA "/shap_golden.h5");
  const SvrRegressor svr = golden_svr(golden);
  const Background background = golden_background(golden);
  data::Matrix row(0, background.rows.columns());
  row.append_row(testing::golden_matrix(golden, "rows").row(0));
  std::vector<Block> blocks(4);
  for (std::size_t column = 0; column < row.columns(); ++column) blocks[column % 4].push_back(column);

  const ShapValues shap = shap_values(svr, row, background, blocks);

  const std::vector<double> expected = shapley_of_blocks(svr, row, background, blocks);
  for (std::size_t b = 0; b < blocks.size(); ++b) EXPECT_NEAR(shap.values(0, b), expected[b], 1e-10);
}

}  // namespace
}  // namespace musicmem::models
