// SPDX-License-Identifier: GPL-3.0-or-later
// How often tests find a difference between models that are equally good, over 2,000 studies.
#include "config/settings/model.h"
#include "data/files/hash.h"
#include "data/generator.h"
#include "models/protocol/fold_fit.h"
#include "models/statistics/significance.h"
#include "tests/models/example_table.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace musicmem::models {
namespace {

constexpr int studies = 2000;

// Differences of the folds of one study as both tests take them to be: normal around the true difference, with a
// correlation of n_test / (n_test + n_train) between any two folds.
std::vector<double> fold_differences(std::size_t folds, double test_to_train, double true_difference,
                                     data::Generator& generator) {
  const double rho = test_to_train / (1.0 + test_to_train);
  const double shared = std::sqrt(rho) * generator.normal();
  std::vector<double> differences;
  for (std::size_t fold = 0; fold < folds; ++fold)
    differences.push_back(true_difference + shared + std::sqrt(1.0 - rho) * generator.normal());
  return differences;
}

// Shares of the studies in which each test is wrong.
struct Wrong {
  double corrected = 0.0;  // p < 0.05
  double bayesian = 0.0;   // one model is better with a probability above 0.975, without a region
  double at_the_edge =
      0.0;  // of the region, which is where the truth lies: better with a probability above 0.95
  double uncorrected = 0.0;  // p < 0.05 of the test that takes folds for independent
};

template <class Differences>
Wrong count_wrong(double test_to_train, const Differences& differences_of) {
  Wrong wrong;
  const auto count = [](double& share, bool is_wrong) { share += is_wrong ? 1.0 / studies : 0.0; };
  for (int study = 0; study < studies; ++study) {
    const std::vector<double> differences = differences_of(study);
    const auto test = corrected_resampled_t_test(differences, test_to_train);
    const auto posterior = bayesian_correlated_t_test(differences, test_to_train, 0.0);
    count(wrong.corrected, test->p < 0.05);
    count(wrong.bayesian, std::max(posterior->below, posterior->above) > 0.975);
    count(wrong.uncorrected, corrected_resampled_t_test(differences, 0.0)->p < 0.05);
    constexpr double region = 0.3;
    std::vector<double> shifted = differences;
    for (double& difference : shifted) difference += region;
    count(wrong.at_the_edge, bayesian_correlated_t_test(shifted, test_to_train, region)->above > 0.95);
  }
  return wrong;
}

TEST(NullStudies, corrected_and_bayesian_tests_are_wrong_in_one_of_twenty) {
  data::Generator generator(20030101);
  for (const auto& [folds, repeats] : {std::pair<std::size_t, std::size_t>{10, 1}, {5, 1}, {10, 3}}) {
    const double test_to_train = 1.0 / static_cast<double>(folds - 1);

    const Wrong wrong = count_wrong(test_to_train, [&, all = folds * repeats](int) {
      return fold_differences(all, test_to_train, 0.0, generator);
    });

    std::printf("%zu folds, %zu times: corrected %.4f, Bayesian %.4f, at the edge %.4f, uncorrected %.4f\n",
                folds, repeats, wrong.corrected, wrong.bayesian, wrong.at_the_edge, wrong.uncorrected);
    EXPECT_NEAR(wrong.corrected, 0.05, 0.01);
    EXPECT_NEAR(wrong.bayesian, 0.05, 0.01);
    EXPECT_NEAR(wrong.at_the_edge, 0.05, 0.01);
    EXPECT_GT(wrong.uncorrected, 0.10);
  }
}

// A study of two sets of features that know equally much of the labels, drawn anew each time.
data::SegmentTable null_table(int tracks, int columns, int study) {
  data::Generator generator(data::seed_from({"null", std::to_string(study)}));
  data::SegmentTable table;
  for (int c = 0; c < 2 * columns; ++c) table.columns.push_back("feature_" + std::to_string(c));
  for (int track = 0; track < tracks; ++track) {
    const double score = generator.normal();
    std::vector<double> row;
    for (int c = 0; c < 2 * columns; ++c) row.push_back(0.3 * score + generator.normal());
    table.tracks.push_back("track_" + std::to_string(track));
    table.labels.push_back(score);
    table.row_track.push_back(track);
    table.row_segment.push_back(0);
    table.row_semitones.push_back(0);
    table.values.append_row(row);
  }
  return table;
}

// The table with one of two halves of its columns.
data::SegmentTable half_of(const data::SegmentTable& table, bool second) {
  data::SegmentTable half = table;
  const std::size_t columns = table.columns.size() / 2;
  const std::size_t first = second ? columns : 0;
  half.columns.resize(columns);
  half.values = data::Matrix(table.values.rows(), columns);
  for (std::size_t row = 0; row < table.values.rows(); ++row) {
    for (std::size_t c = 0; c < columns; ++c) half.values(row, c) = table.values(row, first + c);
  }
  return half;
}

// Real folds are less dependent than the correction allows for: it errs on the side of the careful.
TEST(NullStudies, of_real_cross_validations_are_wrong_no_more_often_than_they_claim) {
  constexpr int tracks = 100;
  constexpr int columns = 20;
  constexpr int folds = 5;
  config::ModelSpec model;
  model.name = model.label = "ridge";
  const config::CrossValidation settings = testing::cross_validation(folds);

  const Wrong wrong = count_wrong(1.0 / (folds - 1), [&](int study) {
    const data::SegmentTable both = null_table(tracks, columns, study);
    std::vector<double> differences(folds, 0.0);
    for (const bool second : {false, true}) {
      const data::SegmentTable table = half_of(both, second);
      for (int fold = 0; fold < folds; ++fold) {
        const FoldFitResult fit = fit_fold({.table = table,
                                            .model = model,
                                            .cross_validation = settings,
                                            .fold = fold,
                                            .range = {.any = true}});
        differences[static_cast<std::size_t>(fold)] += (second ? -1.0 : 1.0) * fit.test.mse;
      }
    }
    return differences;
  });

  std::printf("ridge on equal features, %d folds: corrected %.4f, Bayesian %.4f, uncorrected %.4f\n", folds,
              wrong.corrected, wrong.bayesian, wrong.uncorrected);
  EXPECT_LT(wrong.corrected, 0.06);
  EXPECT_LT(wrong.bayesian, 0.06);
  EXPECT_GT(wrong.uncorrected, 0.08);
}

}  // namespace
}  // namespace musicmem::models
