// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/study/design_check.h"

#include "launcher/study/study.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace musicmem::launcher {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Two folds in the order of the rows, and one model.
Study study_of(std::vector<double> labels) {
  Study study;
  for (std::size_t i = 0; i < labels.size(); ++i) study.tracks.push_back(std::to_string(i) + ".wav");
  study.labels = std::move(labels);
  study.experiment.cross_validation.folds.number = 2;
  study.experiment.cross_validation.shuffle.reset();
  config::ModelSpec model;
  model.name = model.label = "mean";
  study.experiment.models = {model};
  return study;
}

// Labels of which every `share`-th rises with its row; the others are scattered.
Study partly_sorted(int rows, int share) {
  std::vector<double> labels;
  for (int i = 0; i < rows; ++i)
    labels.push_back((i % share == 0 ? i : i * 37 % rows) / static_cast<double>(rows));
  return study_of(std::move(labels));
}

// scipy.stats.spearmanr(range(n), labels): 0.3375 (p = 0.0006), 0.3158 (p =
// 0.0014), 0.2248, 0.1911 (p = 0.0001).
TEST(RowOrder, is_warned_of_where_it_goes_with_the_score_by_more_than_chance) {
  EXPECT_THAT(design_warnings(partly_sorted(100, 4)),
              ElementsAre(AllOf(HasSubstr("order of the rows (Spearman 0.34)"),
                                HasSubstr("set cross_validation.shuffle=0"))));
  EXPECT_THAT(design_warnings(partly_sorted(100, 3)), IsEmpty());
  EXPECT_THAT(design_warnings(partly_sorted(400, 5)), ElementsAre(HasSubstr("Spearman 0.22")));
  EXPECT_THAT(design_warnings(partly_sorted(400, 6)), IsEmpty());
}

TEST(RowOrder, does_no_harm_to_shuffled_or_stratified_folds) {
  Study shuffled = partly_sorted(400, 2);
  shuffled.experiment.cross_validation.shuffle = 0;
  Study stratified = partly_sorted(400, 2);
  stratified.experiment.cross_validation.stratify = true;

  EXPECT_THAT(design_warnings(shuffled), IsEmpty());
  EXPECT_THAT(design_warnings(stratified), IsEmpty());
}

TEST(SmallFolds, are_warned_of_below_eight_tracks) {
  Study study = study_of(std::vector<double>(24, 0.5));
  study.labels[3] = 0.6;
  study.experiment.cross_validation.folds.number = 3;
  EXPECT_THAT(design_warnings(study), IsEmpty());

  study.experiment.cross_validation.folds.number = 4;
  EXPECT_THAT(design_warnings(study),
              ElementsAre(AllOf(HasSubstr("folds of 6 tracks"), HasSubstr("at most 3 folds"))));
}

TEST(Epsilon, of_an_svr_is_warned_of_from_the_deviation_of_the_scores_on) {
  std::vector<double> labels(20, 0.4);
  std::fill(labels.begin() + 10, labels.end(), 0.6);  // numpy.std: 0.1
  std::swap(labels[0], labels[19]);
  std::swap(labels[2], labels[17]);
  std::swap(labels[4], labels[15]);
  std::swap(labels[6], labels[13]);
  Study study = study_of(labels);
  study.experiment.models.front().name = "svr";
  study.experiment.models.front().label = "svr_wide";
  study.experiment.models.front().svr.epsilon = 0.11;

  EXPECT_THAT(design_warnings(study),
              ElementsAre(AllOf(HasSubstr("models.svr_wide.epsilon is 0.11"),
                                HasSubstr("standard deviation of the scores 0.1"), HasSubstr("about 0.02"))));
  study.experiment.models.front().svr.epsilon = 0.09;
  EXPECT_THAT(design_warnings(study), IsEmpty());
}

}  // namespace
}  // namespace musicmem::launcher
