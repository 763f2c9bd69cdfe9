// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/feature_store.h"

#include "config/error.h"
#include "data/durable_file.h"
#include "tests/own_path.h"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace musicmem::features {
namespace {

namespace fs = std::filesystem;
using data::SealState;
using testing::ElementsAre;

class Store : public testing::Test {
 protected:
  void SetUp() override {
    root_ = own_path();
    store().create();
  }
  void TearDown() override { fs::remove_all(root_); }

  FeatureStore store() const {
    config::Experiment experiment;
    return {root_, store_key(config::FeatureSet::ehc, experiment)};
  }

  // Two samples, original and shifted; values that tell clip and sample.
  static PreparedClip clip(const std::string& track, double value) {
    PreparedClip prepared{track, "", {0, 2}, {}};
    prepared.arrays.push_back({"ehc",
                               "a test",
                               "1",
                               {"x", "y"},
                               {1, 2},
                               std::vector<double>{value, value + 1, value + 2, value + 3}});
    prepared.arrays.push_back({"bpm", "a test", "", {}, {}, std::vector<float>{120, 120}});
    return prepared;
  }

  fs::path root_;
};

TEST_F(Store, shard_is_good_only_for_the_work_that_made_it) {
  const StoreEntry entry{"one", "hash-1"};
  EXPECT_EQ(store().shard_state(entry), SealState::missing);

  store().commit_shard(entry, clip("one.wav", 1));

  EXPECT_EQ(store().shard_state(entry), SealState::good);
  EXPECT_EQ(store().shard_state({"one", "hash-2"}), SealState::stale);
}

TEST_F(Store, compaction_keeps_order_values_and_descriptions) {
  const std::vector<StoreEntry> entries = {{"two", "h2"}, {"one", "h1"}};
  store().commit_shard(entries[1], clip("one.wav", 10));
  store().commit_shard(entries[0], clip("two.wav", 20));

  EXPECT_TRUE(store().compact(entries));

  const CompactedFeatures features(store().features_path());
  EXPECT_THAT(features.tracks(), ElementsAre("two.wav", "two.wav", "one.wav", "one.wav"));
  EXPECT_THAT(features.semitones(), ElementsAre(0, 2, 0, 2));
  EXPECT_THAT(features.doubles("ehc"), ElementsAre(20, 21, 22, 23, 10, 11, 12, 13));
  EXPECT_THAT(features.shape("ehc"), ElementsAre(4, 1, 2));
  EXPECT_THAT(features.columns("ehc"), ElementsAre("x", "y"));
}

TEST_F(Store, compaction_is_made_again_only_when_a_shard_changes) {
  const StoreEntry entry{"one", "h1"};
  store().commit_shard(entry, clip("one.wav", 1));
  store().compact({entry});

  EXPECT_FALSE(store().compact({entry}));
  store().commit_shard({"one", "h2"}, clip("one.wav", 5));
  EXPECT_TRUE(store().compact({{"one", "h2"}}));

  EXPECT_THAT(CompactedFeatures(store().features_path()).doubles("ehc"), ElementsAre(5, 6, 7, 8));
}

TEST_F(Store, a_shard_that_was_replaced_meanwhile_is_not_compacted) {
  store().commit_shard({"one", "h1"}, clip("one.wav", 1));
  store().commit_shard({"two", "other"}, clip("two.wav", 2));

  EXPECT_THROW(store().compact({{"one", "h1"}, {"two", "h2"}}), Error);

  EXPECT_FALSE(fs::exists(store().features_path()));
}

TEST_F(Store, stores_of_other_parameters_lie_elsewhere) {
  config::Experiment other;
  other.augment.pitch_semitones = {1};

  EXPECT_NE(store_key(config::FeatureSet::ehc, other).hash, store().key().hash);
  EXPECT_NE(store_key(config::FeatureSet::classic, {}).hash, store().key().hash);
}

}  // namespace
}  // namespace musicmem::features
