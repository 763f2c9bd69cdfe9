// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/protocol/fold_fit.h"

#include "config/error.h"
#include "config/settings/model.h"
#include "models/protocol/fold_parts.h"
#include "models/protocol/folds.h"
#include "models/protocol/trained_model.h"
#include "tests/models/example_table.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace musicmem::models {
namespace {

using config::Protocol;
using config::Variant;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

config::ModelSpec spec(const std::string& name) {
  config::ModelSpec model;
  model.name = model.label = name;
  model.mlp.hidden = {8};
  model.mlp.learning_rate = 3e-3;
  model.mlp.max_epochs = 15;
  return model;
}

// Everything that a request refers to, and a shorthand to fit it.
struct Study {
  data::SegmentTable table;
  config::ModelSpec model;
  config::CrossValidation folds;

  explicit Study(const std::string& name, Protocol protocol = Protocol::strict)
      : table(testing::example_table(23, 4, true)),
        model(spec(name)),
        folds(testing::cross_validation(5, protocol)) {}

  FoldFitResult fit(int fold, Variant variant = Variant::vanilla, bool shuffled = false,
                    std::uint64_t seed = 1111) const {
    return fit_fold({.table = table,
                     .model = model,
                     .cross_validation = folds,
                     .variant = variant,
                     .shuffled_control = shuffled,
                     .study_seed = seed,
                     .fold = fold});
  }

  std::string failure(int fold, Variant variant = Variant::vanilla) const {
    try {
      fit(fold, variant);
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  }
};

TEST(FoldFit, labels_weigh_by_their_column_with_mean_one) {
  Study study("svr");
  for (std::size_t t = 0; t < study.table.tracks.size(); ++t)
    study.table.weights.push_back(1.0 + static_cast<double>(t));
  const FoldFitRequest request{.table = study.table,
                               .model = study.model,
                               .cross_validation = study.folds,
                               .study_seed = 1111,
                               .fold = 1};
  const Split split = make_split(request);
  const Rows rows = rows_of_tracks(study.table, split.train, false);
  const std::vector<double> shares(rows.size(), 0.5);

  const std::vector<double> weights = row_weights(request, split, rows, shares);

  EXPECT_NEAR(std::accumulate(weights.begin(), weights.end(), 0.0) / static_cast<double>(rows.size()), 1.0,
              1e-12);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const double given = study.table.weights[static_cast<std::size_t>(study.table.row_track[rows[i]])];
    EXPECT_NEAR(weights[i] / weights[0],
                given / study.table.weights[static_cast<std::size_t>(study.table.row_track[rows[0]])], 1e-12);
  }
}

TEST(FoldFit, weights_go_with_their_labels_where_a_control_permutes_them) {
  Study study("svr");
  for (const double label : study.table.labels) study.table.weights.push_back(3.0 + label);
  const FoldFitRequest request{.table = study.table,
                               .model = study.model,
                               .cross_validation = study.folds,
                               .shuffled_control = true,
                               .study_seed = 1111,
                               .fold = 1};
  const Split split = make_split(request);
  const Rows rows = rows_of_tracks(study.table, split.train, false);
  const std::vector<double> labels = labels_to_learn(request, split);

  const std::vector<double> weights = row_weights(request, split, rows, {});

  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto label = [&](std::size_t row) {
      return labels[static_cast<std::size_t>(study.table.row_track[row])];
    };
    EXPECT_NEAR(weights[i] / weights[0], (3.0 + label(rows[i])) / (3.0 + label(rows[0])), 1e-12);
  }
}

TEST(FoldFit, models_heed_weights_of_labels_and_equal_ones_change_nothing) {
  for (const std::string model : {"svr", "ridge", "mlp"}) {
    Study study(model);
    const auto predictions = [&] {
      std::vector<double> values;
      for (const TrackPrediction& track : study.fit(1).tracks) values.push_back(track.prediction);
      return values;
    };
    const std::vector<double> plain = predictions();
    study.table.weights.assign(study.table.tracks.size(), 64.0);
    EXPECT_THAT(predictions(), ::testing::Pointwise(::testing::DoubleNear(1e-5), plain)) << model;
    for (std::size_t t = 0; t < study.table.tracks.size(); ++t)
      study.table.weights[t] = t % 2 == 0 ? 4.0 : 80.0;
    EXPECT_NE(predictions(), plain) << model;
  }
}

TEST(FoldFit, of_a_share_of_the_training_tracks_learns_from_them_alone) {
  Study study("mlp");
  FoldFitRequest request{.table = study.table,
                         .model = study.model,
                         .cross_validation = study.folds,
                         .study_seed = 1111,
                         .fold = 1,
                         .share = 0.5};
  const std::size_t half = training_rows(request);
  const auto before = fit_fold(request).tracks;
  Split split =
      split_tracks(assign_folds(fold_tracks(study.table), study.folds), 1, std::vector<bool>(23, true));
  const std::vector<int> all = split.train;
  keep_share(split, 0.5, share_seed(1, 0));

  for (const int track : all) {
    if (!std::ranges::binary_search(split.train, track))
      study.table.labels[static_cast<std::size_t>(track)] = 0.77;
  }
  const auto after = fit_fold(request).tracks;

  // 18 training tracks, of which 9 are learned from, three of them to stop by; three segments each.
  EXPECT_EQ(half, 18U);
  ASSERT_EQ(before.size(), after.size());
  for (std::size_t i = 0; i < before.size(); ++i) EXPECT_EQ(before[i].prediction, after[i].prediction);
}

data::Matrix original_rows(const data::SegmentTable& table, int track) {
  data::Matrix rows(0, table.values.columns());
  for (std::size_t row = 0; row < table.row_track.size(); ++row) {
    if (table.row_track[row] == track && table.row_semitones[row] == 0)
      rows.append_row(table.values.row(row));
  }
  return rows;
}

void change_rows_of(data::SegmentTable& table, const std::set<int>& tracks) {
  for (std::size_t row = 0; row < table.row_track.size(); ++row) {
    if (!tracks.contains(table.row_track[row])) continue;
    for (double& value : table.values.row(row)) value = 7.0 * value - 100.0;
  }
}

class EveryModel : public ::testing::TestWithParam<const char*> {};

TEST_P(EveryModel, predicts_each_track_of_the_test_fold_once) {
  const Study study(GetParam());

  const FoldFitResult result = study.fit(4);

  std::vector<int> tracks;
  for (const TrackPrediction& track : result.tracks) {
    tracks.push_back(track.track);
    EXPECT_EQ(track.label, study.table.labels[static_cast<std::size_t>(track.track)]);
  }
  EXPECT_THAT(tracks, ElementsAre(19, 20, 21, 22));
  EXPECT_EQ(result.segments.size(), 12U);
}

TEST_P(EveryModel, gives_the_same_bytes_for_the_same_request) {
  const Study study(GetParam());

  EXPECT_EQ(weights::to_bytes(study.fit(1).weights), weights::to_bytes(study.fit(1).weights));
}

TEST_P(EveryModel, learns_nothing_from_test_rows_under_strict) {
  Study study(GetParam());
  const std::string before = weights::to_bytes(study.fit(0).weights);

  change_rows_of(study.table, {0, 1, 2, 3, 4});

  EXPECT_EQ(weights::to_bytes(study.fit(0).weights), before);
}

// Neither scaling nor components nor label density, nor the inner folds of a search.
TEST(FoldFit, takes_no_statistic_from_what_it_tests) {
  for (const char* name : {"ridge", "mlp"}) {
    Study study(name);
    study.model.pca.number = 2;
    const FoldFitRequest request{.table = study.table,
                                 .model = study.model,
                                 .cross_validation = study.folds,
                                 .variant = Variant::lds,
                                 .study_seed = 1};
    FoldFitRequest inner = request;
    inner.inner = InnerFold{1, 3};
    const std::string before = weights::to_bytes(fit_fold(request).weights);
    const double scored_before = fit_fold(inner).test.mse;

    for (std::size_t row = 0; row < study.table.row_track.size(); ++row) {
      if (study.table.row_track[row] >= 5) continue;
      for (double& value : study.table.values.row(row)) value = 1e6;
    }
    for (std::size_t track = 0; track < 5; ++track) study.table.labels[track] = 0.01;

    EXPECT_EQ(weights::to_bytes(fit_fold(request).weights), before) << name;
    EXPECT_EQ(fit_fold(inner).test.mse, scored_before) << name;
  }
}

TEST(FoldFit, finds_a_direction_among_768_columns_and_none_in_permuted_labels) {
  Study study("ridge");
  study.model.ridge.alpha = 300.0;
  data::Generator generator(8);
  const std::size_t columns = 768;
  const int tracks = 600;
  data::SegmentTable table;
  std::vector<double> direction(columns);
  for (double& value : direction) value = generator.normal() / std::sqrt(static_cast<double>(columns));
  for (std::size_t c = 0; c < columns; ++c) table.columns.push_back("x" + std::to_string(c));
  for (int track = 0; track < tracks; ++track) {
    std::vector<double> row(columns);
    for (double& value : row) value = generator.normal();
    table.labels.push_back(
        0.5 + 0.1 * std::tanh(std::inner_product(row.begin(), row.end(), direction.begin(), 0.0)));
    table.tracks.push_back("track" + std::to_string(track));
    table.values.append_row(row);
    table.row_track.push_back(track);
    table.row_segment.push_back(0);
    table.row_semitones.push_back(0);
  }
  study.table = std::move(table);

  EXPECT_GT(study.fit(0).test.spearman.value(), 0.5);
  EXPECT_LT(std::abs(study.fit(0, Variant::vanilla, true).test.spearman.value()),
            0.25);  // 2.7 deviations of chance
}

TEST_P(EveryModel, predicts_the_same_bits_from_its_weights_file) {
  const Study study(GetParam());
  const FoldFitResult result = study.fit(2);

  const TrainedModel model(weights::parse_state_file(weights::to_bytes(result.weights), "bytes"));

  if (std::string(GetParam()) == "random") return;  // draws anew for every clip
  for (const TrackPrediction& track : result.tracks) {
    EXPECT_EQ(model.predict_clip(original_rows(study.table, track.track)), track.prediction);
  }
}

// Scores of another scale are learned as shares of it: predictions follow, and their order stays.
TEST_P(EveryModel, follows_labels_to_another_scale) {
  Study study(GetParam());
  for (double& label : study.table.labels) label = std::round(1e6 * label) / 1e6;
  const auto predictions = [&](double factor, double offset, const config::ScoreRange& range) {
    Study other = study;
    for (double& label : other.table.labels) label = factor * label + offset;
    const FoldFitResult result = fit_fold({.table = other.table,
                                           .model = other.model,
                                           .cross_validation = other.folds,
                                           .variant = Variant::vanilla,
                                           .study_seed = 1111,
                                           .fold = 0,
                                           .range = range});
    const TrainedModel again(result.weights);
    std::vector<double> values;
    for (const TrackPrediction& track : result.tracks) {
      values.push_back((track.prediction - offset) / factor);
      const bool draws_anew = std::string(GetParam()) == "random";
      if (!draws_anew) {
        EXPECT_EQ(again.predict_clip(original_rows(other.table, track.track)), track.prediction);
      }
    }
    return values;
  };

  const std::vector<double> shares = predictions(1.0, 0.0, {});
  const std::vector<double> likert = predictions(6.0, 1.0, {.low = 1.0, .high = 7.0});
  const std::vector<double> spans = predictions(1.0, 0.0, {.any = true});
  const std::vector<double> wide = predictions(-250.0, 40.0, {.any = true});
  const std::vector<double> narrow = predictions(0.01, -3.0, {.any = true});

  // What is learned are the same bits; the last bits of the labels are lost on the way.
  for (std::size_t i = 0; i < shares.size(); ++i) {
    EXPECT_NEAR(likert[i], shares[i], 1e-9);
    EXPECT_NEAR(narrow[i], spans[i], 1e-9);
    if (std::string(GetParam()) == "mean") {
      EXPECT_NEAR(wide[i], spans[i], 1e-9);
    }
  }
}

TEST_P(EveryModel, leaves_out_tracks_without_rows) {
  Study study(GetParam());
  study.table.tracks.push_back("failed clip");
  study.table.labels.push_back(0.5);

  const FoldFitResult result = study.fit(4);

  for (const TrackPrediction& track : result.tracks) EXPECT_NE(track.track, 23);
}

INSTANTIATE_TEST_SUITE_P(Names, EveryModel, ::testing::Values("mean", "random", "svr", "mlp"));

TEST(FoldFit, trains_augmented_variants_on_shifted_rows_of_training_tracks_only) {
  Study study("svr");
  const std::string vanilla = weights::to_bytes(study.fit(0).weights);
  const std::string augmented = weights::to_bytes(study.fit(0, Variant::augmented).weights);

  change_rows_of(study.table, {0, 1, 2, 3, 4});

  EXPECT_NE(augmented, vanilla);
  EXPECT_EQ(weights::to_bytes(study.fit(0, Variant::augmented).weights), augmented);
}

TEST(FoldFit, lds_weighs_the_loss) {
  const Study study("mlp");

  const FoldFitResult vanilla = study.fit(0);
  const FoldFitResult lds = study.fit(0, Variant::lds);

  EXPECT_NE(lds.curve.front().train_loss, vanilla.curve.front().train_loss);
}

TEST(FoldFit, shuffled_control_learns_permuted_labels_and_is_scored_on_true_ones) {
  Study study("svr");
  study.table = testing::example_table(80);

  const FoldFitResult fit = study.fit(0);
  const FoldFitResult control = study.fit(0, Variant::vanilla, true);

  EXPECT_GT(fit.test.spearman.value(), 0.9);
  EXPECT_LT(control.test.spearman.value(), 0.6);
  for (const TrackPrediction& track : control.tracks) {
    EXPECT_EQ(track.label, study.table.labels[static_cast<std::size_t>(track.track)]);
  }
}

TEST(FoldFit, shuffled_control_keeps_the_mean_of_the_training_labels) {
  const Study study("mean");

  const double fit = study.fit(0).tracks[0].prediction;
  const double control = study.fit(0, Variant::vanilla, true).tracks[0].prediction;

  EXPECT_NEAR(control, fit, 1e-12);
}

TEST(FoldFit, mean_counts_every_track_once) {
  Study study("mean");
  const data::Matrix extra = original_rows(study.table, 22);
  for (int copy = 0; copy < 50; ++copy) {
    study.table.values.append_row(extra.row(0));
    study.table.row_track.push_back(22);
    study.table.row_segment.push_back(1);
    study.table.row_semitones.push_back(0);
  }

  const double prediction = study.fit(0).tracks[0].prediction;

  const auto& labels = study.table.labels;
  EXPECT_NEAR(prediction, std::accumulate(labels.begin() + 5, labels.end(), 0.0) / 18.0, 1e-15);
}

TEST(FoldFit, random_averages_a_thousand_uniform_draws) {
  const FoldFitResult result = Study("random").fit(0);

  for (const TrackPrediction& track : result.tracks) {
    EXPECT_NEAR(track.prediction, 0.5, 0.05);
    EXPECT_NE(track.prediction, 0.5);
  }
  EXPECT_NE(result.tracks[0].prediction, result.tracks[1].prediction);
}

TEST(FoldFit, validates_models_that_stop_early_and_no_others) {
  const FoldFitResult mlp = Study("mlp").fit(0);
  const FoldFitResult svr = Study("svr").fit(0);

  EXPECT_TRUE(mlp.validation.has_value());
  EXPECT_FALSE(mlp.curve.empty());
  EXPECT_FALSE(svr.validation.has_value());
  EXPECT_TRUE(svr.curve.empty());
}

TEST(FoldFit, audmem_normalises_test_features_with_their_own_statistics) {
  Study study("svr", Protocol::audmem);
  const FoldFitResult before = study.fit(0);
  const FoldFitResult strict = Study("svr").fit(0);

  change_rows_of(study.table, {0, 1, 2, 3});  // the whole fold, so that its own z-scores stay

  const FoldFitResult after = study.fit(0);
  for (std::size_t i = 0; i < before.tracks.size(); ++i) {
    EXPECT_NEAR(after.tracks[i].prediction, before.tracks[i].prediction, 1e-9);
    EXPECT_NE(before.tracks[i].prediction, strict.tracks[i].prediction);
  }
}

TEST(FoldFit, audmem_pools_by_maximum) {
  const FoldFitResult result = Study("svr", Protocol::audmem).fit(0);

  for (const TrackPrediction& track : result.tracks) {
    double largest = -std::numeric_limits<double>::infinity();
    for (const SegmentPrediction& segment : result.segments) {
      if (segment.track == track.track) largest = std::max(largest, segment.prediction);
    }
    EXPECT_EQ(track.prediction, largest);
  }
}

TEST(FoldFit, is_deterministic_only_where_no_seed_is_used) {
  EXPECT_TRUE(fit_is_deterministic(spec("mean"), false));
  EXPECT_TRUE(fit_is_deterministic(spec("svr"), false));
  EXPECT_FALSE(fit_is_deterministic(spec("svr"), true));
  EXPECT_FALSE(fit_is_deterministic(spec("mlp"), false));
  EXPECT_FALSE(fit_is_deterministic(spec("random"), false));
}

TEST(FoldFit, another_seed_changes_an_mlp) {
  const Study study("mlp");

  EXPECT_NE(study.fit(0).tracks[0].prediction,
            study.fit(0, Variant::vanilla, false, 1000).tracks[0].prediction);
}

TEST(FoldFit, names_the_fold_that_has_nothing_to_test) {
  Study study("svr");
  for (std::size_t row = 0; row < study.table.row_track.size(); ++row) {
    if (study.table.row_track[row] < 5) study.table.row_semitones[row] = 1;
  }

  EXPECT_THAT(study.failure(0), HasSubstr("svr, variant vanilla, fold 0: no track of the test fold"));
}

TEST(FoldFit, names_the_fold_that_has_nothing_to_train_on) {
  Study study("svr");
  for (std::size_t row = 0; row < study.table.row_track.size(); ++row) {
    if (study.table.row_track[row] >= 5) study.table.row_semitones[row] = 1;
  }

  EXPECT_THAT(study.failure(0), HasSubstr("fold 0: no track is left to train on"));
}

TEST(FoldFit, names_track_segment_and_column_of_a_value_that_can_be_no_feature) {
  Study study("svr");
  study.table.values(3, 2) = std::numeric_limits<double>::quiet_NaN();

  EXPECT_THAT(study.failure(1), AllOf(HasSubstr("track_0"), HasSubstr("feature_2"), HasSubstr("segment 1")));

  study.table.values(3, 2) = 1e308;

  EXPECT_THAT(study.failure(1),
              HasSubstr("feature 'feature_2' of segment 1 is 1e+308, too large for a feature"));
}

TEST(FoldFit, refuses_variants_that_the_model_does_not_have) {
  EXPECT_THAT(Study("svr").failure(0, Variant::lds), HasSubstr("model svr has no variant lds"));
  EXPECT_THAT(Study("mean").failure(0, Variant::augmented), HasSubstr("model mean has no variant augmented"));
  EXPECT_THAT(Study("gbm").failure(0), HasSubstr("unknown model on tables 'gbm'"));
}

TEST(FoldFit, refuses_augmented_variants_without_shifted_rows) {
  Study study("svr");
  study.table = testing::example_table(23);

  EXPECT_THAT(study.failure(0, Variant::augmented), HasSubstr("no pitch-shifted rows"));
}

TEST(TrainedModel, names_the_first_column_that_differs) {
  const TrainedModel model(Study("svr").fit(0).weights);
  std::string message;

  try {
    model.check_columns({"feature_0", "bpm", "feature_2", "feature_3"});
  } catch (const Error& error) {
    message = error.what();
  }

  EXPECT_THAT(message, HasSubstr("feature 2 of the model is 'feature_1', that of the data 'bpm'"));
  EXPECT_NO_THROW(model.check_columns({"feature_0", "feature_1", "feature_2", "feature_3"}));
  EXPECT_THROW(model.check_columns({"feature_0", "feature_1", "feature_2"}), Error);
}

TEST(TrainedModel, refuses_a_file_that_lacks_an_entry) {
  weights::StateFile state = Study("svr").fit(0).weights;
  state.doubles.erase("normalisation.scale");

  EXPECT_THROW(TrainedModel{state}, Error);
}

TEST(TrainedModel, refuses_a_file_whose_columns_do_not_fit_the_model) {
  weights::StateFile state = Study("svr").fit(0).weights;
  state.lists["columns"].push_back("one too many");
  state.doubles["normalisation.mean"] = {{5}, std::vector<double>(5, 0.0)};
  state.doubles["normalisation.scale"] = {{5}, std::vector<double>(5, 1.0)};

  EXPECT_THROW(TrainedModel{state}, Error);
}

}  // namespace
}  // namespace musicmem::models
