// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/error.h"
#include "models/protocol/candidates.h"
#include "models/protocol/fold_fit.h"
#include "tests/models/example_table.h"

#include <algorithm>
#include <cmath>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace musicmem::models {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

config::ModelSpec model_of(const std::string& name, const std::string& search) {
  config::ModelSpec model;
  model.name = model.label = name;
  model.search = config::Search::parse(search);
  return model;
}

// One row a track.
data::SegmentTable golden_table(const data::hdf5::Reader& golden, bool has_groups) {
  data::SegmentTable table;
  table.values = testing::golden_matrix(golden, "x");
  table.labels = golden.doubles("y");
  for (std::size_t c = 0; c < table.values.columns(); ++c) table.columns.push_back("x" + std::to_string(c));
  for (std::size_t row = 0; row < table.values.rows(); ++row) {
    table.tracks.push_back("track" + std::to_string(row));
    table.row_track.push_back(static_cast<int>(row));
    table.row_segment.push_back(0);
    table.row_semitones.push_back(0);
    if (has_groups) table.groups.push_back(std::to_string(testing::golden_integers(golden, "group")[row]));
  }
  return table;
}

SearchOutcome searched(FoldFitRequest request) {
  SearchOutcome outcome;
  outcome.candidates = list_candidates(request.model, 1);
  std::vector<config::ModelSpec> models;
  for (const Candidate& candidate : outcome.candidates)
    models.push_back(candidate_model(request.model, candidate));
  outcome.scores.resize(models.size());
  for (int fold = 0; fold < request.model.search.inner_folds; ++fold) {
    request.inner = {fold, request.model.search.inner_folds};
    const std::vector<Metrics> scores = score_models(request, models);
    for (std::size_t i = 0; i < scores.size(); ++i) outcome.scores[i].push_back(scores[i]);
  }
  outcome.chosen = best_candidate(outcome.scores, request.model.search.metric).value();
  return outcome;
}

struct Nested {
  std::string name;
  std::string model;
  std::string search;
};

class NestedSearch : public ::testing::TestWithParam<Nested> {};

// scikit-learn's GridSearchCV within each fold of an outer cross-validation. Predictions agree to rounding.
TEST_P(NestedSearch, chooses_and_predicts_as_scikit_learn_does) {
  const data::hdf5::Reader golden(MUSICMEM_TEST_DATA "/search_golden.h5");
  const data::SegmentTable table = golden_table(golden, GetParam().name == "grouped");
  const config::ModelSpec model = model_of(GetParam().model, GetParam().search);
  const config::CrossValidation folds = testing::cross_validation(5);
  const std::vector<int> choices = testing::golden_integers(golden, GetParam().name + "/choice");
  const std::vector<double> inner = golden.doubles(GetParam().name + "/inner");
  const std::vector<double> predictions = golden.doubles(GetParam().name + "/prediction");
  for (int fold = 0; fold < 5; ++fold) {
    const FoldFitRequest request{.table = table, .model = model, .cross_validation = folds, .fold = fold};

    const SearchOutcome outcome = searched(request);
    const config::ModelSpec chosen = candidate_model(model, outcome.candidates[outcome.chosen]);
    const FoldFitResult result =
        fit_fold({.table = table, .model = chosen, .cross_validation = folds, .fold = fold});

    EXPECT_EQ(static_cast<int>(outcome.chosen), choices[static_cast<std::size_t>(fold)]);
    EXPECT_NEAR(*inner_score(outcome.scores[outcome.chosen], config::SearchMetric::mse),
                inner[static_cast<std::size_t>(fold)], 1e-12);
    for (const TrackPrediction& track : result.tracks)
      EXPECT_NEAR(track.prediction, predictions[static_cast<std::size_t>(track.track)], 1e-10);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Models, NestedSearch,
    ::testing::Values(
        Nested{"svr", "svr",
               "{C: [0.1, 1, 10], gamma: [scale, 0.01, 0.3], epsilon: [0.1, 0.02], inner_folds: 4}"},
        Nested{"ridge", "ridge", "{alpha: [0.1, 10, 1000], pca: [2, 5], inner_folds: 4}"},
        Nested{"grouped", "svr",
               "{C: [0.1, 1, 10], gamma: [scale, 0.01, 0.3], epsilon: [0.1, 0.02], inner_folds: 4}"}),
    [](const auto& one) { return one.param.name; });

TEST(Search, never_tests_inner_folds_on_the_tracks_of_the_outer_one) {
  const data::SegmentTable table = testing::example_table(20);
  data::SegmentTable other_labels = table;
  const config::ModelSpec model = model_of("ridge", "{alpha: [0.1, 10], inner_folds: 3}");
  const config::CrossValidation folds = testing::cross_validation(4);
  for (int track = 5; track < 10; ++track) other_labels.labels[static_cast<std::size_t>(track)] += 100.0;

  const SearchOutcome outcome =
      searched({.table = table, .model = model, .cross_validation = folds, .fold = 1});
  const SearchOutcome other =
      searched({.table = other_labels, .model = model, .cross_validation = folds, .fold = 1});

  for (std::size_t candidate = 0; candidate < 2; ++candidate) {
    for (std::size_t fold = 0; fold < 3; ++fold)
      EXPECT_EQ(outcome.scores[candidate][fold].mse, other.scores[candidate][fold].mse);
  }
}

// A control's search sees its permuted labels on both sides: it finds something where there is nothing.
TEST(Search, of_a_control_knows_no_true_label) {
  const data::SegmentTable table = testing::example_table(24);
  const config::ModelSpec model = model_of("ridge", "{alpha: [0.1], inner_folds: 3}");
  const config::CrossValidation folds = testing::cross_validation(4);
  const FoldFitRequest request{.table = table,
                               .model = model,
                               .cross_validation = folds,
                               .shuffled_control = true,
                               .study_seed = 3,
                               .inner = InnerFold{1, 3}};

  const double control = score_models(request, {candidate_model(model, {"0.1"})}).front().spearman.value();
  FoldFitRequest plain = request;
  plain.shuffled_control = false;
  const double learned = score_models(plain, {candidate_model(model, {"0.1"})}).front().spearman.value();

  EXPECT_GT(learned, 0.8);
  EXPECT_LT(std::abs(control), 0.8);
}

// There is nothing to be learned: the best of many candidates looks better than it is on new tracks.
TEST(Search, finds_something_within_labels_that_mean_nothing) {
  data::SegmentTable table = testing::example_table(60);
  data::Generator generator(5);
  for (double& label : table.labels) label = generator.uniform();
  const config::ModelSpec model = model_of(
      "svr", "{C: [0.1, 1, 10, 100], gamma: [0.01, 0.1, 1, 10], epsilon: [0.01, 0.1], metric: spearman}");
  const config::CrossValidation folds = testing::cross_validation(5);
  double inner = 0.0;
  double outer = 0.0;
  for (int fold = 0; fold < 5; ++fold) {
    const SearchOutcome outcome =
        searched({.table = table, .model = model, .cross_validation = folds, .fold = fold});
    const config::ModelSpec chosen = candidate_model(model, outcome.candidates[outcome.chosen]);

    inner += *inner_score(outcome.scores[outcome.chosen], config::SearchMetric::spearman) / 5.0;
    outer +=
        *fit_fold({.table = table, .model = chosen, .cross_validation = folds, .fold = fold}).test.spearman /
        5.0;
  }

  EXPECT_GT(inner, 0.05);
  EXPECT_GT(inner, outer + 0.05);
  EXPECT_LT(std::abs(outer), 0.3);  // of 60 tracks: twice the deviation of a correlation of noise
}

TEST(Search, scores_models_together_as_each_alone) {
  const data::SegmentTable table = testing::example_table(20);
  const config::ModelSpec model = model_of("svr", "{C: [0.1, 1], gamma: [scale, 0.2], pca: [none, 2]}");
  const config::CrossValidation folds = testing::cross_validation(4);
  const FoldFitRequest request{
      .table = table, .model = model, .cross_validation = folds, .inner = InnerFold{0, 3}};
  std::vector<config::ModelSpec> models;
  for (const Candidate& candidate : list_candidates(model, 1))
    models.push_back(candidate_model(model, candidate));

  const std::vector<Metrics> together = score_models(request, models);

  for (std::size_t i = 0; i < models.size(); ++i)
    EXPECT_EQ(together[i].mse, score_models(request, {models[i]}).front().mse) << i;
}

TEST(Search, lists_combinations_with_the_last_setting_changing_first) {
  const config::ModelSpec model = model_of("svr", "{C: [0.1, 1], kernel: [rbf, linear]}");

  const std::vector<Candidate> candidates = list_candidates(model, 1);

  EXPECT_THAT(candidates, ElementsAre(Candidate{"0.1", "rbf"}, Candidate{"0.1", "linear"},
                                      Candidate{"1", "rbf"}, Candidate{"1", "linear"}));
}

TEST(Search, orders_work_so_that_one_kernel_serves_all_costs) {
  const config::ModelSpec model = model_of("svr", "{C: [0.1, 1], gamma: [scale, 0.2]}");

  EXPECT_THAT(order_of_work(model, list_candidates(model, 1)), ElementsAre(1U, 3U, 0U, 2U));
}

TEST(Search, draws_within_its_ranges_evenly_in_the_logarithm) {
  const config::ModelSpec model = model_of(
      "mlp",
      "{learning_rate: {log: [1e-5, 1e-1]}, batch: {linear: [4, 64]}, dropout: [0.2, 0.5], draws: 400}");

  const std::vector<Candidate> candidates = list_candidates(model, 7);

  std::set<std::string> dropouts;
  int below = 0;
  for (const Candidate& candidate : candidates) {
    const config::ModelSpec drawn = candidate_model(model, candidate);
    EXPECT_GE(drawn.mlp.learning_rate, 1e-5);
    EXPECT_LE(drawn.mlp.learning_rate, 1e-1);
    EXPECT_GE(drawn.mlp.batch, 4);
    EXPECT_LE(drawn.mlp.batch, 64);
    dropouts.insert(candidate[2]);
    below += drawn.mlp.learning_rate < 1e-3 ? 1 : 0;
  }
  EXPECT_THAT(dropouts, ElementsAre("0.2", "0.5"));
  EXPECT_NEAR(below, 200, 50);  // five standard deviations of a fair coin
  EXPECT_EQ(list_candidates(model, 7), candidates);
  EXPECT_NE(list_candidates(model, 8), candidates);
}

InnerScores scores_of(std::vector<std::optional<double>> spearman) {
  InnerScores scores;
  for (const auto& value : spearman) scores.emplace_back().spearman = value;
  return scores;
}

TEST(Search, never_chooses_a_candidate_without_a_defined_metric) {
  const std::vector<InnerScores> scores = {scores_of({0.1, 0.2}), scores_of({0.9, std::nullopt}),
                                           scores_of({0.3, 0.2}), scores_of({0.2, 0.3})};

  EXPECT_EQ(best_candidate(scores, config::SearchMetric::spearman), 2U);
  EXPECT_EQ(best_candidate({scores_of({std::nullopt})}, config::SearchMetric::spearman), std::nullopt);
}

TEST(Search, names_the_fit_whose_training_tracks_are_fewer_than_its_inner_folds) {
  const data::SegmentTable table = testing::example_table(8);
  const config::ModelSpec model = model_of("ridge", "{alpha: [1], inner_folds: 7}");
  const config::CrossValidation folds = testing::cross_validation(4);
  const FoldFitRequest request{
      .table = table, .model = model, .cross_validation = folds, .inner = InnerFold{0, 7}};

  try {
    score_models(request, {model});
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("ridge"));
    EXPECT_THAT(error.what(), HasSubstr("search.inner_folds"));
  }
}

}  // namespace
}  // namespace musicmem::models
