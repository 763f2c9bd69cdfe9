// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/torch/mlp_training.h"

#include "data/generator.h"

#include <cmath>

#include <gtest/gtest.h>

// train_mlp against a slow and obvious trainer: parameters in double, gradients by finite differences.
namespace musicmem::models {
namespace {

constexpr int epochs = 6;

TrainingSet weighted_set() {
  data::Generator generator(17);
  TrainingSet set;
  for (int row = 0; row < 12; ++row) {
    const std::vector<double> x = {2.0 * generator.uniform() - 1.0, 2.0 * generator.uniform() - 1.0};
    set.x.append_row(x);
    set.y.push_back(0.3 * x[0] - 0.5 * x[1] + 0.2);
    set.row_weights.push_back(0.5 + generator.uniform());
    set.track.push_back(row);
  }
  return set;
}

// One batch holds all rows, so that their order does not matter.
config::MlpSettings full_batch_settings(double learning_rate, double ranking_weight) {
  config::MlpSettings settings;
  settings.hidden = {5, 3};
  settings.dropout = 0.0;
  settings.learning_rate = learning_rate;
  settings.batch = 100;
  settings.max_epochs = epochs;
  settings.ranking_weight = ranking_weight;
  return settings;
}

using Parameters = std::vector<double>;

Parameters flatten(const DenseNetwork& network) {
  Parameters parameters;
  for (const DenseLayer& layer : network) {
    parameters.insert(parameters.end(), layer.weight.begin(), layer.weight.end());
    parameters.insert(parameters.end(), layer.bias.begin(), layer.bias.end());
  }
  return parameters;
}

double reference_score(const Parameters& parameters, std::vector<double> activation) {
  std::size_t next = 0;
  for (const std::size_t outputs : {std::size_t{5}, std::size_t{3}, std::size_t{1}}) {
    std::vector<double> out(outputs, 0.0);
    for (double& value : out) {
      for (const double input : activation) value += parameters[next++] * input;
    }
    for (double& value : out) {
      value += parameters[next++];
      if (outputs > 1) value = std::max(value, 0.0);
    }
    activation = out;
  }
  return activation[0];
}

double reference_loss(const Parameters& parameters, const TrainingSet& set, double ranking_weight) {
  std::vector<double> scores;
  double squared = 0.0;
  for (std::size_t row = 0; row < set.rows(); ++row) {
    scores.push_back(reference_score(parameters, {set.x.row(row).begin(), set.x.row(row).end()}));
    squared += set.row_weights[row] * std::pow(scores[row] - set.y[row], 2);
  }
  double ranking = 0.0;
  int pairs = 0;
  for (std::size_t i = 0; i < set.rows(); ++i) {
    for (std::size_t j = 0; j < set.rows(); ++j) {
      if (set.y[i] <= set.y[j]) continue;
      ranking += std::log(1.0 + std::exp(scores[j] - scores[i]));
      ++pairs;
    }
  }
  return (1.0 - ranking_weight) * squared / static_cast<double>(set.rows()) +
         ranking_weight * ranking / pairs;
}

// Adam as D. Kingma and J. Ba write it down.
Parameters reference_training(Parameters parameters, const TrainingSet& set, double rate,
                              double ranking_weight) {
  constexpr double h = 1e-5;
  Parameters mean(parameters.size(), 0.0);
  Parameters square(parameters.size(), 0.0);
  for (int t = 1; t <= epochs; ++t) {
    Parameters gradient(parameters.size());
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      Parameters up = parameters;
      Parameters down = parameters;
      up[i] += h;
      down[i] -= h;
      gradient[i] =
          (reference_loss(up, set, ranking_weight) - reference_loss(down, set, ranking_weight)) / (2.0 * h);
    }
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      mean[i] = 0.9 * mean[i] + 0.1 * gradient[i];
      square[i] = 0.999 * square[i] + 0.001 * gradient[i] * gradient[i];
      const double corrected_mean = mean[i] / (1.0 - std::pow(0.9, t));
      const double corrected_square = square[i] / (1.0 - std::pow(0.999, t));
      parameters[i] -= rate * corrected_mean / (std::sqrt(corrected_square) + 1e-8);
    }
  }
  return parameters;
}

class MlpTraining : public ::testing::TestWithParam<double> {};

TEST_P(MlpTraining, follows_a_plain_reference) {
  constexpr double rate = 2e-3;
  const TrainingSet set = weighted_set();
  const auto start = flatten(train_mlp(set, set, full_batch_settings(0.0, GetParam()), 4).network);

  const MlpFit fit = train_mlp(set, set, full_batch_settings(rate, GetParam()), 4);

  ASSERT_EQ(fit.curve.size(), static_cast<std::size_t>(epochs));
  ASSERT_LT(fit.curve[5].validation_mse, fit.curve[4].validation_mse) << "the last epoch is not the best";
  const Parameters expected = reference_training(start, set, rate, GetParam());
  const Parameters trained = flatten(fit.network);
  ASSERT_EQ(trained.size(), expected.size());
  for (std::size_t i = 0; i < trained.size(); ++i) {
    EXPECT_NEAR(trained[i], expected[i], 0.002 * epochs * rate) << "parameter " << i;
  }
  EXPECT_NEAR(fit.curve.front().train_loss, reference_loss(start, set, GetParam()), 1e-6);
}

INSTANTIATE_TEST_SUITE_P(RankingShares, MlpTraining, ::testing::Values(0.0, 0.4));

TEST(MlpTraining, uses_the_large_batch_for_augmented_rows) {
  TrainingSet set = weighted_set();
  config::MlpSettings settings = full_batch_settings(1e-3, 0.0);
  settings.batch = 4;
  settings.batch_augmented = 100;
  const MlpFit small_batches = train_mlp(set, set, settings, 4);
  set.augmented = true;

  const MlpFit one_batch = train_mlp(set, set, settings, 4);

  const MlpFit expected = train_mlp(set, set, full_batch_settings(1e-3, 0.0), 4);
  EXPECT_NE(flatten(one_batch.network), flatten(small_batches.network));
  EXPECT_EQ(flatten(train_mlp(set, set, settings, 4).network), flatten(one_batch.network));
  EXPECT_NEAR(one_batch.curve.back().train_loss, expected.curve.back().train_loss, 1e-6);
}

TEST(MlpTraining, dropout_keeps_the_mean_of_the_loss_near_that_without) {
  const TrainingSet set = weighted_set();
  config::MlpSettings settings = full_batch_settings(0.0, 0.0);
  settings.max_epochs = 300;
  settings.patience = 1000;
  const double without = train_mlp(set, set, settings, 4).curve.front().train_loss;
  settings.dropout = 0.1;

  const MlpFit fit = train_mlp(set, set, settings, 4);

  double sum = 0.0;
  for (const CurvePoint& point : fit.curve) sum += point.train_loss;
  EXPECT_NEAR(sum / 300.0, without, 0.1 * without);
  EXPECT_NE(fit.curve[0].train_loss, fit.curve[1].train_loss);
}

}  // namespace
}  // namespace musicmem::models
