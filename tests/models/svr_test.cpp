// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/tabular/svr.h"

#include "config/error.h"
#include "config/settings/model.h"
#include "models/protocol/fold_fit.h"
#include "tests/models/example_table.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace musicmem::models {
namespace {

config::ModelSpec svr_spec() {
  config::ModelSpec model;
  model.name = model.label = "svr";
  return model;
}

void expect_relative(double value, double expected, double tolerance) {
  EXPECT_NEAR(value, expected, tolerance * std::abs(expected));
}

// One row per track, as the diabetes data have it.
data::SegmentTable diabetes_table(const data::hdf5::Reader& golden) {
  data::SegmentTable table;
  table.values = testing::golden_matrix(golden, "diabetes/x");
  table.labels = golden.doubles("diabetes/y");
  for (std::size_t c = 0; c < table.values.columns(); ++c) table.columns.push_back("x" + std::to_string(c));
  for (std::size_t row = 0; row < table.values.rows(); ++row) {
    table.tracks.push_back("patient_" + std::to_string(row));
    table.row_track.push_back(static_cast<int>(row));
    table.row_segment.push_back(0);
    table.row_semitones.push_back(0);
  }
  return table;
}

data::SegmentTable golden_segments(const data::hdf5::Reader& golden) {
  data::SegmentTable table;
  table.values = testing::golden_matrix(golden, "segment_table/x");
  table.labels = golden.doubles("segment_table/label");
  table.row_track = testing::golden_integers(golden, "segment_table/track");
  table.row_segment = testing::golden_integers(golden, "segment_table/segment");
  table.row_semitones = testing::golden_integers(golden, "segment_table/semitones");
  table.tracks.resize(table.labels.size(), "track");
  table.columns.resize(table.values.columns(), "column");
  return table;
}

TEST(Svr, predicts_what_scikit_learn_predicts_on_the_diabetes_data) {
  const auto golden = testing::open_golden();
  const data::SegmentTable table = diabetes_table(golden);
  const std::vector<double> expected = golden.doubles("diabetes/prediction");
  const std::vector<double> spearman = golden.doubles("diabetes/spearman");
  const config::CrossValidation folds = testing::cross_validation(10);
  const config::ModelSpec model = svr_spec();

  for (int fold = 0; fold < 10; ++fold) {
    const FoldFitResult result =
        fit_fold({.table = table, .model = model, .cross_validation = folds, .fold = fold});

    EXPECT_NEAR(result.test.spearman.value(), spearman[static_cast<std::size_t>(fold)], 1e-9)
        << "fold " << fold;
    for (const TrackPrediction& track : result.tracks) {
      expect_relative(track.prediction, expected[static_cast<std::size_t>(track.track)], 1e-6);
    }
  }
}

class SvrOnSegments : public ::testing::TestWithParam<config::Variant> {};

TEST_P(SvrOnSegments, predicts_what_scikit_learn_predicts) {
  const auto golden = testing::open_golden();
  const data::SegmentTable table = golden_segments(golden);
  const std::vector<double> expected = golden.doubles("segment_table/" + config::to_string(GetParam()));
  const config::CrossValidation folds = testing::cross_validation(5);
  const config::ModelSpec model = svr_spec();
  std::vector<double> predictions;

  for (int fold = 0; fold < 5; ++fold) {
    const FoldFitResult result = fit_fold(
        {.table = table, .model = model, .cross_validation = folds, .variant = GetParam(), .fold = fold});
    for (const SegmentPrediction& segment : result.segments) predictions.push_back(segment.prediction);
  }

  ASSERT_EQ(predictions.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) expect_relative(predictions[i], expected[i], 1e-6);
}

INSTANTIATE_TEST_SUITE_P(Variants, SvrOnSegments,
                         ::testing::Values(config::Variant::vanilla, config::Variant::augmented));

TrainingSet small_set() {
  TrainingSet set;
  data::Generator generator(3);
  for (int row = 0; row < 60; ++row) {
    const std::vector<double> x = {generator.uniform(), generator.uniform()};
    set.x.append_row(x);
    set.y.push_back(std::sin(3.0 * x[0]) * x[1]);
    set.track.push_back(row);
  }
  return set;
}

TEST(Svr, predicts_the_same_bits_after_saving_and_loading) {
  const TrainingSet set = small_set();
  SvrRegressor fitted({}, {});
  fitted.fit(set, {}, 0);
  weights::StateFile state;
  fitted.save(state);

  const SvrRegressor loaded(weights::parse_state_file(weights::to_bytes(state), "bytes"));

  EXPECT_EQ(loaded.predict(set.x), fitted.predict(set.x));
}

TEST(Svr, does_not_depend_on_the_size_of_its_cache) {
  const TrainingSet set = small_set();
  SvrRegressor starved({}, {.memory_bytes = 0});
  SvrRegressor rich({}, {.memory_bytes = std::uint64_t{1} << 33});

  starved.fit(set, {}, 0);
  rich.fit(set, {}, 0);

  EXPECT_EQ(starved.predict(set.x), rich.predict(set.x));
}

TEST(Svr, takes_a_gamma_of_its_own) {
  const TrainingSet set = small_set();
  SvrRegressor regressor({.gamma = 0.25}, {});
  weights::StateFile state;

  regressor.fit(set, {}, 0);
  regressor.save(state);

  EXPECT_EQ(state.number("gamma"), 0.25);
}

TEST(Svr, predicts_a_constant_where_all_labels_lie_within_epsilon) {
  TrainingSet set = small_set();
  std::fill(set.y.begin(), set.y.end(), 0.4);
  SvrRegressor fitted({}, {});
  fitted.fit(set, {}, 0);
  weights::StateFile state;
  fitted.save(state);

  const SvrRegressor loaded(weights::parse_state_file(weights::to_bytes(state), "bytes"));

  const std::vector<double> scores = loaded.predict(set.x);
  EXPECT_THAT(scores, ::testing::Each(scores.front()));
  EXPECT_NEAR(scores.front(), 0.4, 0.1);
}

// scikit-learn's sample_weight (make_weights_golden.py): each row's cost is C times its weight.
TEST(Svr, weighs_rows_as_scikit_learn_does) {
  const data::hdf5::Reader golden(MUSICMEM_TEST_DATA "/weights_golden.h5");
  TrainingSet set;
  set.x = testing::golden_matrix(golden, "x");
  set.y = golden.doubles("y");
  set.row_weights = golden.doubles("answers");
  const double mean =
      std::accumulate(set.row_weights.begin(), set.row_weights.end(), 0.0) / static_cast<double>(set.rows());
  for (double& weight : set.row_weights) weight /= mean;

  for (const std::string kernel : {"rbf", "linear"}) {
    for (const std::string name : {"usual", "hard", "no_tube", "small"}) {
      const std::string group = kernel + "/" + name;
      config::SvrSettings settings;
      settings.kernel = kernel == "rbf" ? config::SvrKernel::rbf : config::SvrKernel::linear;
      settings.c = golden.doubles(group + "/C")[0];
      settings.epsilon = golden.doubles(group + "/epsilon")[0];
      SvrRegressor regressor(settings, {});
      regressor.fit(set, {}, 0);

      EXPECT_THAT(regressor.predict(testing::golden_matrix(golden, "new")),
                  ::testing::Pointwise(::testing::DoubleNear(1e-9), golden.doubles(group + "/predictions")))
          << group;
    }
  }
}

TEST(Svr, rows_of_weight_one_are_rows_without_weights) {
  TrainingSet set = small_set();
  SvrRegressor plain({}, {});
  plain.fit(set, {}, 0);
  set.row_weights.assign(set.rows(), 1.0);
  SvrRegressor weighted({}, {});
  weighted.fit(set, {}, 0);

  EXPECT_EQ(plain.predict(set.x), weighted.predict(set.x));
}

}  // namespace
}  // namespace musicmem::models
