// SPDX-License-Identifier: GPL-3.0-or-later
#include "features/store/feature_store.h"

#include "config/error.h"
#include "config/experiment.h"
#include "data/files/durable_file.h"
#include "data/files/hold_file.h"
#include "tests/failing_write.h"
#include "tests/own_path.h"

#include <cerrno>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace musicmem::features {
namespace {

namespace fs = std::filesystem;
using data::SealState;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

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
  data::KnownFiles known_;
};

TEST_F(Store, shard_is_good_only_for_the_work_that_made_it) {
  const StoreEntry entry{"one", "hash-1"};
  EXPECT_EQ(store().shard_state(entry, known_), SealState::missing);

  store().commit_shard(entry, clip("one.wav", 1), known_);

  EXPECT_EQ(store().shard_state(entry, known_), SealState::good);
  EXPECT_EQ(store().shard_state({"one", "hash-2"}, known_), SealState::stale);
}

TEST_F(Store, compaction_keeps_order_values_and_descriptions) {
  const std::vector<StoreEntry> entries = {{"two", "h2"}, {"one", "h1"}};
  store().commit_shard(entries[1], clip("one.wav", 10), known_);
  store().commit_shard(entries[0], clip("two.wav", 20), known_);

  EXPECT_TRUE(store().compact(entries, known_));

  const auto features = store().open(entries, known_);
  EXPECT_THAT(features->tracks(), ElementsAre("two.wav", "two.wav", "one.wav", "one.wav"));
  EXPECT_THAT(features->semitones(), ElementsAre(0, 2, 0, 2));
  EXPECT_THAT(features->doubles("ehc"), ElementsAre(20, 21, 22, 23, 10, 11, 12, 13));
  EXPECT_THAT(features->shape("ehc"), ElementsAre(4, 1, 2));
  EXPECT_THAT(features->columns("ehc"), ElementsAre("x", "y"));
}

TEST_F(Store, compaction_is_made_again_only_when_a_shard_changes) {
  const std::vector<StoreEntry> before = {{"one", "h1"}};
  const std::vector<StoreEntry> after = {{"one", "h2"}};
  store().commit_shard(before[0], clip("one.wav", 1), known_);
  store().compact(before, known_);

  EXPECT_FALSE(store().compact(before, known_));
  store().commit_shard(after[0], clip("one.wav", 5), known_);
  EXPECT_TRUE(store().compact(after, known_));

  EXPECT_THAT(store().open(before, known_)->doubles("ehc"), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(store().open(after, known_)->doubles("ehc"), ElementsAre(5, 6, 7, 8));
}

TEST_F(Store, a_shard_that_was_replaced_meanwhile_is_not_compacted) {
  store().commit_shard({"one", "h1"}, clip("one.wav", 1), known_);
  store().commit_shard({"two", "other"}, clip("two.wav", 2), known_);

  EXPECT_THROW(store().compact({{"one", "h1"}, {"two", "h2"}}, known_), Error);

  EXPECT_THAT(compacted_files(store().directory()), IsEmpty());
}

TEST_F(Store, compaction_with_one_write_that_fails_is_refused_and_the_next_one_is_right) {
  const std::vector<StoreEntry> entries = {{"one", "h1"}, {"two", "h2"}};
  store().commit_shard(entries[0], clip("one.wav", 1), known_);
  store().commit_shard(entries[1], clip("two.wav", 20), known_);
  int refused = 0;
  for (int at = 1;; ++at) {
    bool never_came = false;
    try {
      const FailingWrite failing(at, EIO);
      store().compact(entries, known_);
      never_came = failing.never_came();
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), HasSubstr("Input/output error")) << "write " << at;
      EXPECT_THAT(compacted_files(store().directory()), IsEmpty()) << "write " << at;
      ++refused;
    }
    store().compact(entries, known_);
    ASSERT_THAT(store().open(entries, known_)->doubles("ehc"), ElementsAre(1, 2, 3, 4, 20, 21, 22, 23)) << at;
    ASSERT_THAT(store().open(entries, known_)->doubles("bpm"), ElementsAre(120, 120, 120, 120)) << at;
    fs::remove(store().features_path(entries));
    if (never_came) break;
  }

  EXPECT_GT(refused, 10);
}

TEST_F(Store, what_was_checked_is_read_after_its_removal) {
  const std::vector<StoreEntry> entries = {{"one", "h1"}};
  store().commit_shard(entries[0], clip("one.wav", 1), known_);
  store().compact(entries, known_);
  const auto features = store().open(entries, known_);

  data::write_file_durably(store().features_path(entries), "another file");
  fs::remove(store().features_path(entries));

  EXPECT_THAT(features->doubles("ehc"), ElementsAre(1, 2, 3, 4));
}

TEST_F(Store, compacted_files_of_others_stay_while_they_are_held) {
  const std::vector<StoreEntry> mine = {{"one", "h1"}};
  const std::vector<StoreEntry> theirs = {{"one", "h1"}, {"two", "h2"}};
  store().commit_shard(theirs[0], clip("one.wav", 1), known_);
  store().commit_shard(theirs[1], clip("two.wav", 2), known_);
  store().compact(mine, known_);
  store().compact(theirs, known_);

  {
    const data::HoldFile hold(store().features_path(theirs));
    store().remove_unused(mine);
  }
  EXPECT_THAT(compacted_files(store().directory()),
              UnorderedElementsAre(store().features_path(mine), store().features_path(theirs)));
  store().remove_unused(mine);

  EXPECT_THAT(compacted_files(store().directory()), ElementsAre(store().features_path(mine)));
}

// As an earlier version wrote it: the same layout and seal under one name.
TEST_F(Store, a_predecessor_with_other_values_than_its_shards_is_known) {
  const std::vector<StoreEntry> entries = {{"one", "h1"}};
  const fs::path predecessor = store().directory() / "features.h5";
  store().commit_shard(entries[0], clip("one.wav", 1), known_);
  store().compact(entries, known_);
  fs::rename(store().features_path(entries), predecessor);
  EXPECT_FALSE(store().has_damaged_predecessor(entries));

  store().commit_shard(entries[0], clip("one.wav", 1.5), known_);
  EXPECT_TRUE(store().has_damaged_predecessor(entries));

  store().compact(entries, known_);
  store().remove_unused(entries);
  EXPECT_FALSE(fs::exists(predecessor));
  EXPECT_THAT(store().open(entries, known_)->doubles("ehc"), ElementsAre(1.5, 2.5, 3.5, 4.5));
}

TEST_F(Store, stores_of_other_parameters_lie_elsewhere) {
  config::Experiment other;
  other.augment.pitch_semitones = {1};

  EXPECT_NE(store_key(config::FeatureSet::ehc, other).hash, store().key().hash);
  EXPECT_NE(store_key(config::FeatureSet::classic, {}).hash, store().key().hash);
}

// Features that were made before clips had a geometry stay valid; shifted ones are those of their version.
TEST_F(Store, of_the_published_geometry_keeps_the_name_that_it_always_had) {
  config::Experiment study;
  study.augment.pitch_semitones = {};
  EXPECT_EQ(store_key(config::FeatureSet::ehc, study).hash, "b075bf0db1b3c30a");
  EXPECT_EQ(store_key(config::FeatureSet::classic, study).hash, "273f4cade2db5e09");
  EXPECT_EQ(store_key(config::FeatureSet::fbank, study).hash, "79ca426c977a3678");

  study.augment.pitch_semitones = {2};

  EXPECT_THAT(store_key(config::FeatureSet::ehc, study).parameters, HasSubstr("pitch_shift_version: 2\n"));
}

TEST_F(Store, follows_the_geometry_as_far_as_its_features_do) {
  config::Experiment longer;
  longer.features.clip = {10.0, 2.5, 1.0, 0.5};
  config::Experiment other_segments;
  other_segments.features.clip = {5.0, 0.0, 0.5, 0.25};

  EXPECT_THAT(store_key(config::FeatureSet::ehc, longer).parameters,
              HasSubstr("\nclip_seconds: 10\nclip_offset: 2.5\nharmony"));
  for (const auto set : {config::FeatureSet::ehc, config::FeatureSet::classic, config::FeatureSet::fbank})
    EXPECT_NE(store_key(set, longer).hash, store_key(set, {}).hash);
  EXPECT_THAT(store_key(config::FeatureSet::ehc, other_segments).parameters,
              HasSubstr("\nsegment_seconds: 0.5\nsegment_hop: 0.25\n"));
  EXPECT_EQ(store_key(config::FeatureSet::classic, other_segments).hash,
            store_key(config::FeatureSet::classic, {}).hash);
  EXPECT_EQ(store_key(config::FeatureSet::fbank, other_segments).hash,
            store_key(config::FeatureSet::fbank, {}).hash);
}

}  // namespace
}  // namespace musicmem::features
