// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/results/clip_prediction.h"

#include "config/experiment.h"
#include "models/kinds/model_kinds.h"
#include "models/protocol/trained_model.h"

#include <gtest/gtest.h>

namespace musicmem::launcher {
namespace {

TEST(ClipPrediction, is_the_mean_of_the_votes_between_their_quantiles) {
  const ClipPrediction prediction = summarise_votes({0.5, 0.1, 0.3}, {});

  EXPECT_DOUBLE_EQ(prediction.score, 0.3);
  EXPECT_DOUBLE_EQ(prediction.models_low, 0.11);
  EXPECT_DOUBLE_EQ(prediction.models_high, 0.49);
  EXPECT_FALSE(prediction.position.has_value());
}

TEST(ClipPrediction, position_counts_smaller_scores_and_half_of_equal_ones) {
  EXPECT_DOUBLE_EQ(*summarise_votes({0.5}, {0.1, 0.5, 0.5, 0.9}).position, 0.5);
  EXPECT_DOUBLE_EQ(*summarise_votes({0.05}, {0.1, 0.5}).position, 0.0);
  EXPECT_DOUBLE_EQ(*summarise_votes({0.95}, {0.1, 0.5}).position, 1.0);
}

TEST(Reasons, are_written_with_their_signs) {
  EXPECT_EQ(reasons_text({{"bpm", 0.0312}, {"C_mean", -0.02}}), "bpm +0.031; C_mean -0.020");
}

// Both fits of an svr on twelve tracks of two rows; scores go with bpm, and level is always the same.
class ReasonsOfAScore : public ::testing::Test {
 protected:
  ReasonsOfAScore() {
    data::SegmentTable table;
    table.columns = {"bpm", "key", "level"};
    for (int track = 0; track < 12; ++track) {
      const double bpm = 60.0 + 10.0 * (track * 5 % 12);
      table.tracks.push_back("track " + std::to_string(track));
      table.labels.push_back(0.01 * bpm);
      for (int segment = 1; segment <= 2; ++segment) {
        const std::vector<double> row = {bpm + segment, static_cast<double>(track * 7 % 5 + segment), -20.0};
        table.row_track.push_back(track);
        table.row_segment.push_back(segment);
        table.row_semitones.push_back(0);
        table.values.append_row(row);
      }
    }
    config::ModelSpec svr;
    svr.name = svr.label = "svr";
    config::CrossValidation two_folds;
    two_folds.folds.number = 2;
    for (int fold = 0; fold < 2; ++fold) {
      const models::FoldFitResult fit =
          models::fit_fold({table, svr, two_folds, config::Variant::vanilla, false, std::nullopt, fold});
      models_.emplace_back(fit.weights);
      predictors_.push_back(models::load_predictor(weights::to_bytes(fit.weights), "weights.h5"));
    }
    clip_.append_row(std::vector<double>{165.0, 3.0, -20.0});
  }

  std::vector<Reason> reasons(std::size_t count) const {
    std::vector<models::Contributions> contributions;
    const models::ClipFeatures clip = {{"ehc", "", "", {"bpm", "key", "level"}, {1, 3}, clip_.values()}};
    for (const auto& predictor : predictors_) contributions.push_back(*predictor->contributions(clip));
    return top_reasons(contributions, count);
  }

  std::vector<models::TrainedModel> models_;
  std::vector<std::unique_ptr<models::Predictor>> predictors_;  // the same
  data::Matrix clip_;
};

// SHAP values are those of S. Lundberg and S.-I. Lee, 2017, whose first property is local accuracy.
TEST_F(ReasonsOfAScore, add_up_to_the_difference_from_the_average_clip) {
  double difference = 0.0;
  for (const models::TrainedModel& model : models_) {
    data::Matrix average;
    average.append_row(model.description().normalisation->mean);
    difference += (model.predict_clip(clip_) - model.predict_clip(average)) / 2.0;
  }

  double sum = 0.0;
  for (const auto& [feature, effect] : reasons(3)) sum += effect;

  EXPECT_GT(difference, 0.1);
  EXPECT_NEAR(sum, difference, 1e-9);
}

TEST_F(ReasonsOfAScore, come_by_their_size) {
  const std::vector<Reason> two = reasons(2);

  ASSERT_EQ(two.size(), 2U);
  EXPECT_EQ(two[0].first, "bpm");
  EXPECT_GT(two[0].second, 0.0);
  EXPECT_EQ(two[1].first, "key");
  const Reason last = reasons(9).back();
  EXPECT_EQ(last.first, "level");
  EXPECT_NEAR(last.second, 0.0, 1e-12);
}

}  // namespace
}  // namespace musicmem::launcher
