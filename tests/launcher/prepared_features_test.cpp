// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/study/prepared_features.h"

#include "config/error.h"
#include "data/files/durable_file.h"
#include "data/files/hash.h"
#include "launcher/study/study.h"
#include "tests/own_path.h"
#include "tests/support/thread_communicator.h"

#include <filesystem>
#include <mutex>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace musicmem::launcher {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::IsEmpty;

// Three clips, of which c.wav has no file, and a store that is empty at first.
class PreparedClips : public testing::Test {
 protected:
  void SetUp() override {
    config::ModelSpec svr;
    svr.name = svr.label = "svr";
    study_.experiment.models = {svr};
    study_.experiment.features.store = directory_ / "store";
    study_.tracks = {"a.wav", "b.wav", "c.wav"};
    study_.labels = {0.1, 0.5, 0.9};
    study_.clips = {
        {clip("a.wav"), "a.wav", "a", ""}, {clip("b.wav"), "b.wav", "b", ""}, {"", "c.wav", "c", ""}};
    data::make_directories(directory_ / "clips");
    data::write_file(clip("a.wav"), "sound of a");
    data::write_file(clip("b.wav"), "sound of b");
  }
  void TearDown() override { fs::remove_all(directory_); }

  fs::path clip(const std::string& name) const { return directory_ / "clips" / name; }

  // As every one of so many ranks sees it; they have to see the same.
  StudyInputs look(int ranks = 1) const {
    std::mutex mutex;
    std::optional<StudyInputs> seen;
    distributed::run_as_threads(ranks, [&](distributed::Communicator& communicator) {
      StudyInputs inputs = look_at_inputs(communicator, study_, {});
      const std::lock_guard lock(mutex);
      if (seen) {
        EXPECT_EQ(seen->clips, inputs.clips);
        EXPECT_EQ(done(*seen), done(inputs));
      }
      seen = std::move(inputs);
    });
    return *std::move(seen);
  }
  static std::vector<bool> done(const StudyInputs& inputs) {
    std::vector<bool> done;
    for (const PrepareTask& task : inputs.plans.at(0).tasks) done.push_back(task.is_done);
    return done;
  }

  void prepare(std::size_t task) const {
    StudyInputs inputs = look();
    const PreparePlan& plan = inputs.plans.at(0);
    plan.store.create();
    features::PreparedClip shard{study_.clips.at(task).name, "", {0}, {}};
    shard.arrays.push_back({"ehc", "a test", "1", {"x"}, {1, 1}, std::vector<double>{1.0}});
    plan.store.commit_shard(plan.tasks.at(task).entry, shard, inputs.known);
  }

  fs::path directory_ = own_path();
  Study study_;
};

TEST_F(PreparedClips, are_found_by_any_number_of_ranks) {
  EXPECT_THAT(done(look()), ElementsAre(false, false));
  prepare(1);

  for (const int ranks : {1, 2, 4}) {
    const StudyInputs inputs = look(ranks);
    EXPECT_THAT(done(inputs), ElementsAre(false, true)) << ranks << " ranks";
    ASSERT_EQ(inputs.clips.size(), 3U);
    EXPECT_EQ(inputs.clips[0].audio, data::checksum("sound of a"));
    EXPECT_EQ(inputs.clips[2].audio, "");
  }
}

TEST_F(PreparedClips, alone_are_trained_on) {
  prepare(1);

  const std::vector<PreparedFeatures> prepared = prepared_features(look());

  ASSERT_EQ(prepared.size(), 1U);
  ASSERT_EQ(prepared[0].entries.size(), 1U);
  EXPECT_EQ(prepared[0].entries[0].name, "b");
  EXPECT_THAT(prepared[0].audio, ElementsAre(data::checksum("sound of b")));
}

TEST_F(PreparedClips, are_to_be_made_again_where_sound_or_settings_are_others) {
  prepare(0);
  prepare(1);
  EXPECT_THAT(done(look()), ElementsAre(true, true));

  data::write_file(clip("a.wav"), "other sound");
  EXPECT_THAT(done(look(2)), ElementsAre(false, true));
  study_.experiment.augment.pitch_semitones = {5};
  EXPECT_THAT(done(look(2)), ElementsAre(false, false));
}

TEST_F(PreparedClips, are_lacking_but_where_their_failure_is_known_for_just_this_sound) {
  prepare(1);
  const std::string hash = clip_hashes(look().plans, 3).at(0);

  const auto lacking = [&](const std::vector<Failure>& known) {
    return unprepared_tracks(study_, look(), known);
  };

  EXPECT_THAT(lacking({}), ElementsAre("a.wav")) << "c.wav has no sound that could be prepared";
  EXPECT_THAT(lacking({{"prepare a.wav", hash, "is no sound"}}), IsEmpty());
  EXPECT_THAT(lacking({{"prepare b.wav", hash, "is no sound"}}), ElementsAre("a.wav"));
  data::write_file(clip("a.wav"), "other sound");
  EXPECT_THAT(lacking({{"prepare a.wav", hash, "is no sound"}}), ElementsAre("a.wav"));
}

TEST_F(PreparedClips, are_what_the_hash_of_the_data_tells_of_with_labels_and_names) {
  prepare(0);
  const auto hash = [&] { return data_hash(study_, prepared_features(look())); };
  const std::string of_one = hash();

  prepare(1);
  const std::string of_both = hash();
  EXPECT_NE(of_both, of_one);
  study_.labels[2] = 0.8;
  EXPECT_NE(hash(), of_both);
  study_.labels[2] = 0.9;
  EXPECT_EQ(hash(), of_both);
  std::swap(study_.tracks[0], study_.tracks[1]);
  EXPECT_NE(hash(), of_both);
}

TEST_F(PreparedClips, cannot_be_opened_before_they_are_compacted) {
  prepare(0);
  StudyInputs inputs = look();
  std::vector<PreparedFeatures> prepared = prepared_features(inputs);

  EXPECT_THROW(open_tables(prepared, inputs.known), Error);
  prepared[0].store.compact(prepared[0].entries, inputs.known);
  open_tables(prepared, inputs.known);

  EXPECT_THAT(prepared[0].table->tracks(), ElementsAre("a.wav"));
}

}  // namespace
}  // namespace musicmem::launcher
