// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/tabular/mlp.h"

#include "config/error.h"
#include "config/settings/model.h"
#include "models/protocol/fold_fit.h"
#include "models/torch/mlp_training.h"
#include "tests/models/example_table.h"
#include "tests/own_path.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace musicmem::models {
namespace {

namespace fs = std::filesystem;

config::MlpSettings small_settings() {
  config::MlpSettings settings;
  settings.hidden = {16, 8};
  settings.dropout = 0.2;
  settings.learning_rate = 3e-3;
  settings.max_epochs = 60;
  settings.patience = 5;
  return settings;
}

// y = a smooth function of the first two of three features.
TrainingSet smooth_set(int rows, std::uint64_t seed) {
  data::Generator generator(seed);
  TrainingSet set;
  for (int row = 0; row < rows; ++row) {
    std::vector<double> x;
    for (int c = 0; c < 3; ++c) x.push_back(3.0 * generator.uniform() - 1.5);
    set.x.append_row(x);
    set.y.push_back(0.5 + 0.4 * std::tanh(x[0] - 0.5 * x[1]));
    set.track.push_back(row);
  }
  return set;
}

std::string bytes_of(const Regressor& regressor) {
  weights::StateFile state;
  regressor.save(state);
  return weights::to_bytes(state);
}

std::string fitted_bytes(const config::MlpSettings& settings, std::uint64_t seed) {
  MlpRegressor regressor(settings);
  regressor.fit(smooth_set(70, 1), smooth_set(20, 2), seed);
  return bytes_of(regressor);
}

TEST(Mlp, same_seed_gives_the_same_bytes) {
  EXPECT_EQ(fitted_bytes(small_settings(), 1111), fitted_bytes(small_settings(), 1111));
}

TEST(Mlp, another_seed_gives_other_bytes) {
  EXPECT_NE(fitted_bytes(small_settings(), 1111), fitted_bytes(small_settings(), 1000));
}

TEST(Mlp, predicts_what_numpy_computes_from_the_same_weights) {
  const auto golden = testing::open_golden();
  weights::StateFile state;
  state.texts["model_name"] = "mlp";
  state.numbers = {{"layers", 3.0}, {"inputs", 5.0}, {"label_offset", 0.25}};
  for (const char* layer : {"0", "1", "2"}) {
    for (const char* part : {"weight", "bias"}) {
      const std::string path = std::string("mlp/") + part + "_" + layer;
      state.floats[std::string("layer_") + layer + "." + part] = {golden.shape(path), golden.floats(path)};
    }
  }
  const std::vector<double> expected = golden.doubles("mlp/score");

  const std::vector<double> scores = load_regressor(state)->predict(testing::golden_matrix(golden, "mlp/x"));

  ASSERT_EQ(scores.size(), expected.size());
  for (std::size_t i = 0; i < scores.size(); ++i) EXPECT_NEAR(scores[i], expected[i], 1e-12);
}

TEST(Mlp, predicts_the_same_bits_after_saving_and_loading) {
  const TrainingSet test = smooth_set(30, 3);
  MlpRegressor fitted(small_settings());
  fitted.fit(smooth_set(70, 1), smooth_set(20, 2), 7);

  const MlpRegressor loaded(weights::parse_state_file(bytes_of(fitted), "bytes"));

  EXPECT_EQ(loaded.predict(test.x), fitted.predict(test.x));
}

TEST(Mlp, starts_from_the_weights_of_another_fit) {
  const fs::path file = own_path() / "weights.h5";
  fs::create_directories(file.parent_path());
  MlpRegressor fitted(small_settings());
  fitted.fit(smooth_set(70, 1), smooth_set(20, 2), 7);
  std::ofstream(file, std::ios::binary) << bytes_of(fitted);
  config::MlpSettings settings = small_settings();
  settings.weights = file;
  settings.learning_rate = 1e-12;
  settings.max_epochs = 1;
  const TrainingSet test = smooth_set(30, 3);

  MlpRegressor warm(settings);
  warm.fit(smooth_set(70, 1), smooth_set(20, 2), 8);

  const std::vector<double> expected = fitted.predict(test.x);
  const std::vector<double> scores = warm.predict(test.x);
  for (std::size_t i = 0; i < scores.size(); ++i) EXPECT_NEAR(scores[i], expected[i], 1e-6);
  settings.hidden = {3};
  MlpRegressor other(settings);
  EXPECT_THROW(other.fit(smooth_set(70, 1), smooth_set(20, 2), 8), Error);
  fs::remove_all(file.parent_path());
}

TEST(Mlp, early_stopping_restores_the_best_epoch) {
  const TrainingSet validation = smooth_set(20, 2);
  config::MlpSettings settings = small_settings();
  settings.max_epochs = 400;

  const MlpFit fit = train_mlp(smooth_set(40, 1), validation, settings, 5);

  const auto best = std::min_element(fit.curve.begin(), fit.curve.end(), [](const auto& a, const auto& b) {
    return a.validation_mse < b.validation_mse;
  });
  ASSERT_LT(fit.curve.size(), 400U) << "never stopped";
  EXPECT_EQ(static_cast<int>(fit.curve.size()), best->epoch + settings.patience);
  EXPECT_NEAR(mean_squared_error(validation.y, forward(fit.network, validation.x)), best->validation_mse,
              1e-7);
}

TEST(Mlp, learns_a_smooth_function) {
  const data::SegmentTable table = testing::example_table(60);
  const config::CrossValidation folds = testing::cross_validation(4);
  config::ModelSpec model;
  model.name = model.label = "mlp";
  model.mlp = small_settings();
  model.mlp.max_epochs = 200;

  const FoldFitResult result =
      fit_fold({.table = table, .model = model, .cross_validation = folds, .study_seed = 1111});

  EXPECT_GT(result.test.spearman.value(), 0.8);
  EXPECT_GT(result.validation->spearman.value(), 0.8);
  EXPECT_LT(result.curve.back().train_loss, 0.5 * result.curve.front().train_loss);
}

TEST(Mlp, centred_labels_come_back_in_predictions) {
  TrainingSet train = smooth_set(70, 1);
  TrainingSet validation = smooth_set(20, 2);
  for (double& y : train.y) y += 50.0;
  for (double& y : validation.y) y += 50.0;
  config::MlpSettings settings = small_settings();
  settings.center_labels = true;
  MlpRegressor regressor(settings);

  regressor.fit(train, validation, 1);

  EXPECT_LT(mean_absolute_error(validation.y, regressor.predict(validation.x)), 0.3);
}

TEST(Mlp, refuses_to_train_without_validation_rows) {
  MlpRegressor regressor(small_settings());

  EXPECT_THROW(regressor.fit(smooth_set(20, 1), {}, 1), Error);
}

TEST(Mlp, says_so_when_the_loss_is_not_finite) {
  config::MlpSettings settings = small_settings();
  settings.learning_rate = std::numeric_limits<double>::infinity();
  MlpRegressor regressor(settings);

  EXPECT_THROW(regressor.fit(smooth_set(20, 1), smooth_set(10, 2), 1), Error);
}

TEST(Mlp, refuses_a_file_whose_layers_do_not_fit_together) {
  MlpRegressor fitted(small_settings());
  fitted.fit(smooth_set(20, 1), smooth_set(10, 2), 1);
  weights::StateFile state;
  fitted.save(state);
  state.floats["layer_1.weight"].shape = {16, 8};

  EXPECT_THROW(load_regressor(state), Error);
}

}  // namespace
}  // namespace musicmem::models
