// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/error.h"
#include "config/settings/model.h"
#include "data/hdf5/hdf5_reader.h"
#include "models/coalitions/coalition_scores.h"
#include "models/tables/normalisation.h"
#include "models/tables/principal_components.h"
#include "models/tabular/ridge.h"

#include <cmath>
#include <memory>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace musicmem::models {
namespace {

using ::testing::DoubleNear;
using ::testing::HasSubstr;
using ::testing::Pointwise;

config::ModelSpec on_components(const char* name, const config::ComponentChoice& pca) {
  config::ModelSpec model;
  model.name = model.label = name;
  model.pca = pca;
  model.ridge.alpha = 0.7;
  model.svr.c = 2.0;
  model.svr.epsilon = 0.05;
  model.svr.tolerance = 1e-9;
  return model;
}

// Tall and wide rows take different ways to the same result.
class Linear : public ::testing::TestWithParam<std::string> {
 protected:
  data::Matrix matrix(const std::string& name) const {
    const data::hdf5::Shape shape = golden_.shape(GetParam() + "/" + name);
    data::Matrix x(shape[0], shape[1]);
    x.values() = numbers(name);
    return x;
  }
  std::vector<double> numbers(const std::string& name) const {
    return golden_.doubles(GetParam() + "/" + name);
  }

  TrainingSet training_set() const {
    TrainingSet set;
    set.x = matrix("x");
    set.y = numbers("y");
    return set;
  }
  std::vector<double> ridge_predictions(double alpha, const TrainingSet& set) const {
    RidgeRegressor ridge(alpha);
    ridge.fit(set, {}, 0);
    return ridge.predict(matrix("new"));
  }

  data::hdf5::Reader golden_{MUSICMEM_TEST_DATA "/linear_golden.h5"};
};

TEST_P(Linear, ridge_predicts_as_scikit_learns) {
  EXPECT_THAT(ridge_predictions(0.7, training_set()), Pointwise(DoubleNear(1e-10), numbers("ridge")));
}

TEST_P(Linear, ridge_weighs_rows_as_scikit_learns) {
  TrainingSet set = training_set();
  set.row_weights = numbers("weights");

  EXPECT_THAT(ridge_predictions(0.7, set), Pointwise(DoubleNear(1e-10), numbers("weighted")));
}

// The squares of the normal equations cost half of the digits.
TEST_P(Linear, ridge_without_a_penalty_is_least_squares_with_the_shortest_slope) {
  EXPECT_THAT(ridge_predictions(0.0, training_set()), Pointwise(DoubleNear(1e-7), numbers("least")));
}

TEST_P(Linear, components_are_scikit_learns_but_for_signs) {
  const data::Matrix x = matrix("x");
  const data::Matrix expected = matrix("directions");
  const std::vector<double> variance = numbers("variance");

  const PrincipalComponents found = PrincipalComponents::of(x, {.number = 5});

  const data::Matrix scores = found.apply(x);
  for (std::size_t c = 0; c < 5; ++c) {
    double along = 0.0;
    for (std::size_t j = 0; j < x.columns(); ++j) along += found.directions(c, j) * expected(c, j);
    EXPECT_NEAR(std::abs(along), 1.0, 1e-10);
    double squares = 0.0;
    for (std::size_t r = 0; r < x.rows(); ++r) squares += scores(r, c) * scores(r, c);
    EXPECT_NEAR(squares / (static_cast<double>(x.rows()) - 1.0), variance[c], 1e-9 * variance[0]);
  }
  EXPECT_EQ(PrincipalComponents::of(x, {.share = 0.95}).directions.rows(), numbers("kept")[0]);
}

TEST_P(Linear, pipeline_of_scaler_components_and_ridge_predicts_as_scikit_learns) {
  TrainingSet set = training_set();
  const Normalisation scaler = Normalisation::of(set.x);
  set.x = scaler.apply(set.x);
  const PrincipalComponents components = PrincipalComponents::of(set.x, {.number = 5});
  set.x = components.apply(set.x);
  RidgeRegressor ridge(0.7);
  ridge.fit(set, {}, 0);

  EXPECT_THAT(ridge.predict(components.apply(scaler.apply(matrix("new")))),
              Pointwise(DoubleNear(1e-10), numbers("pipeline")));
}

TEST_P(Linear, models_on_components_predict_as_scikit_learns_pipelines) {
  const auto predictions = [&](const char* name, const config::ComponentChoice& pca) {
    TrainingSet set = training_set();
    const Normalisation scaler = Normalisation::of(set.x);
    set.x = scaler.apply(set.x);
    const std::unique_ptr<Regressor> model = make_regressor(on_components(name, pca));
    model->fit(set, {}, 0);
    return model->predict(scaler.apply(matrix("new")));
  };

  EXPECT_THAT(predictions("ridge", {.number = 5}), Pointwise(DoubleNear(1e-10), numbers("pipeline")));
  EXPECT_THAT(predictions("ridge", {.share = 0.9}), Pointwise(DoubleNear(1e-10), numbers("share")));
  EXPECT_THAT(predictions("svr", {.number = 5}), Pointwise(DoubleNear(1e-7), numbers("svr")));
}

TEST_P(Linear, models_on_components_are_models_of_the_columns) {
  for (const char* name : {"ridge", "svr"}) {
    SCOPED_TRACE(name);
    const TrainingSet set = training_set();
    const std::unique_ptr<Regressor> model = make_regressor(on_components(name, {.number = 3}));
    model->fit(set, {}, 0);
    weights::StateFile state;
    model->save(state);
    const data::Matrix x = matrix("new");

    EXPECT_EQ(model->inputs(), x.columns());
    EXPECT_EQ(load_regressor(state)->predict(x), model->predict(x)) << "the same bits from the file";
    const auto slope = model->linear_slope();
    ASSERT_EQ(slope.has_value(), name == std::string("ridge"));
    if (!slope) continue;
    data::Matrix moved = x;
    moved(1, 3) += 2.0;
    EXPECT_NEAR(model->predict(moved)[1] - model->predict(x)[1], 2.0 * (*slope)[3], 1e-12);
  }
}

TEST_P(Linear, ridge_scores_coalitions_as_every_mixture_one_by_one_does) {
  const TrainingSet set = training_set();
  RidgeRegressor ridge(0.7);
  ridge.fit(set, {}, 0);
  const Background background{set.x, std::vector<double>(set.rows(), 1.0 / static_cast<double>(set.rows()))};
  const Coalitions coalitions = draw_coalitions(set.x.columns(), 60, 3);
  const data::Matrix x = matrix("new");

  const data::Matrix scores = ridge.coalition_scores(x, coalitions, background);

  const data::Matrix expected = ridge.Regressor::coalition_scores(x, coalitions, background);
  EXPECT_THAT(scores.values(), Pointwise(DoubleNear(1e-10), expected.values()));
}

TEST_P(Linear, ridge_from_its_weights_predicts_the_same_bits) {
  RidgeRegressor ridge(0.7);
  ridge.fit(training_set(), {}, 0);
  weights::StateFile state;
  ridge.save(state);

  EXPECT_EQ(RidgeRegressor(state).predict(matrix("new")), ridge.predict(matrix("new")));
}

INSTANTIATE_TEST_SUITE_P(Rows, Linear, ::testing::Values("tall", "wide"),
                         [](const auto& about) { return about.param; });

TEST(PrincipalComponents, need_as_many_rows_and_columns_and_some_variance) {
  const auto problem = [](const data::Matrix& x, std::size_t number) -> std::string {
    try {
      PrincipalComponents::of(x, {.number = number});
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };

  EXPECT_THAT(problem(data::Matrix(3, 5, 1.0), 4),
              HasSubstr("asks for 4 components of 3 training rows with 5 columns"));
  EXPECT_THAT(problem(data::Matrix(3, 5, 1.0), 1), HasSubstr("no variance"));
}

}  // namespace
}  // namespace musicmem::models
