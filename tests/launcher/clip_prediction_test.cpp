// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/results/clip_prediction.h"

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

}  // namespace
}  // namespace musicmem::launcher
