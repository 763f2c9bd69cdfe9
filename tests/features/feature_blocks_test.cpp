// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/feature_blocks.h"

#include "data/segment_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace musicmem::features {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> names_of(const std::vector<FeatureBlock>& blocks) {
  std::vector<std::string> names;
  for (const FeatureBlock& block : blocks) names.push_back(block.name);
  return names;
}

TEST(FeatureBlocks, of_the_published_table_are_its_groups_as_settings_foretell) {
  config::Features features;
  features.ehc.emotion.source = config::Emotion::Source::csv;
  const config::FeatureChoice ehc = {{"ehc"}};

  const auto blocks = feature_blocks(ehc, data::ehc_columns(true));

  EXPECT_THAT(names_of(blocks), ElementsAre("harmony", "tempo", "timbre", "emotion"));
  EXPECT_EQ(blocks[0].columns.size(), 24U);
  EXPECT_THAT(blocks[1].columns, ElementsAre(24));
  EXPECT_EQ(expected_blocks(ehc, features), names_of(blocks));
  EXPECT_THAT(expected_blocks(ehc, {}), ElementsAre("harmony", "tempo", "timbre"));
}

TEST(FeatureBlocks, of_librosas_features_are_what_they_describe) {
  const std::vector<std::string> columns = {"chroma_cens_01", "tonnetz_1",         "mfcc_01",
                                            "mfcc_delta2_20", "spectral_centroid", "rms"};

  EXPECT_THAT(names_of(feature_blocks({{"classic"}}, columns)),
              ElementsAre("chroma", "tonnetz", "mfcc", "spectral", "rms"));
}

TEST(FeatureBlocks, of_joined_sets_are_called_by_set_and_layer) {
  config::Features features;
  features.sets["mert"].reading.layer = config::LayerChoice::parse("[3, 6]");
  features.sets["clap"].reading.layer = config::LayerChoice::parse("[3, -1]");
  const config::FeatureChoice both = {{"mert", "clap"}};
  const std::vector<std::string> columns = {"mert.layer3.0", "mert.layer6.0", "mert.layer6.std.0",
                                            "clap.layer3.0", "clap.layer-1.0"};

  const auto blocks = feature_blocks(both, columns);

  EXPECT_THAT(names_of(blocks), ElementsAre("mert.layer3", "mert.layer6", "clap.layer3", "clap.layer-1"));
  EXPECT_EQ(expected_blocks(both, features), names_of(blocks));
  EXPECT_THAT(columns_of_block(blocks, "clap.layer-1"), ElementsAre(4));
  EXPECT_THAT(columns_of_block(blocks, "clap"), ElementsAre(3, 4));
  EXPECT_THAT(columns_of_block(blocks, "mert.layer6"), ElementsAre(1, 2));
  EXPECT_THAT(columns_of_block(blocks, "musicnn"), IsEmpty());
  EXPECT_THAT(names_of(feature_blocks({{"mert"}}, {"0", "1"})), ElementsAre("mert"));
}

}  // namespace
}  // namespace musicmem::features
