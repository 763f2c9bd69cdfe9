// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/study/plan.h"

#include "launcher/study/study.h"

#include <functional>
#include <map>
#include <set>
#include <span>

#include <gmock/gmock.h>

namespace musicmem::launcher {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class SsastPlan : public ::testing::Test {
 protected:
  SsastPlan() {
    config::ModelSpec model;
    model.name = model.label = "ssast";
    model.features = {{"fbank"}};
    model.variants = {config::Variant::vanilla};
    study_.experiment.models = {model};
    study_.experiment.cross_validation.folds.number = 2;
    study_.experiment.cross_validation.seeds = {1};
  }

  std::string hash_with(config::Precision precision, bool tf32) {
    study_.experiment.runtime.precision = precision;
    study_.experiment.runtime.tf32 = tf32;
    return plan_fits(study_, {{"fbank", {}}}).front().hash;
  }

  Study study_;
};

TEST_F(SsastPlan, fits_of_another_precision_are_other_fits) {
  const std::string bf16 = hash_with(config::Precision::bf16, true);
  const std::string fp32 = hash_with(config::Precision::fp32, false);
  const std::string tf32 = hash_with(config::Precision::fp32, true);

  EXPECT_NE(bf16, fp32);
  EXPECT_NE(bf16, tf32);
  EXPECT_NE(fp32, tf32);
  EXPECT_EQ(bf16, hash_with(config::Precision::bf16, false)) << "no product is left that tf32 would round";
}

TEST(TableHash, holds_the_weights_of_labels_where_there_are_any) {
  data::SegmentTable table;
  table.tracks = {"a", "b"};
  table.labels = {0.5, 0.25};
  const std::string plain = table_hash(table, false);
  table.weights = {1.0, 1.0};
  const std::string equal = table_hash(table, false);
  table.weights = {1.0, 2.0};

  EXPECT_NE(plain, equal);
  EXPECT_NE(equal, table_hash(table, false));
}

// Two models on a table of three tracks: svr, which is the same for every seed, with a control, and random.
class PlannedFits : public ::testing::Test {
 protected:
  PlannedFits() {
    config::ModelSpec svr;
    svr.name = svr.label = "svr";
    svr.variants = {config::Variant::vanilla, config::Variant::augmented};
    svr.controls = {"shuffled"};
    config::ModelSpec random;
    random.name = random.label = "random";
    study_.experiment.models = {svr, random};
    study_.experiment.cross_validation.folds.number = 2;
    study_.experiment.cross_validation.seeds = {7, 8};
    table_.tracks = study_.tracks = {"a.wav", "b.wav", "c.wav"};
    table_.labels = study_.labels = {0.1, 0.5, 0.9};
    table_.columns = {"bpm"};
    for (const int track : {0, 1, 2}) add_row(track, 0, 100.0 + track);
    add_row(0, 2, 100.0);
  }

  void add_row(int track, int semitones, double value) {
    table_.row_track.push_back(track);
    table_.row_segment.push_back(0);
    table_.row_semitones.push_back(semitones);
    table_.values.append_row(std::span<const double>(&value, 1));
  }
  // By their names.
  std::map<std::string, std::string> hashes() const {
    std::map<std::string, std::string> hashes;
    for (const FitTask& fit : plan_fits(study_, {{"ehc", table_}}))
      hashes[fit_task_name(fit, study_.experiment)] = fit.hash;
    return hashes;
  }
  // The variants of svr that have another hash than `before`.
  std::set<std::string> others(const std::map<std::string, std::string>& before) const {
    std::set<std::string> variants;
    for (const auto& [name, hash] : hashes()) {
      const bool is_svr = name.starts_with("fit svr/");
      if (is_svr && before.at(name) != hash) variants.insert(name.substr(8, name.find('/', 8) - 8));
    }
    return variants;
  }

  Study study_;
  data::SegmentTable table_;
};

TEST_F(PlannedFits, come_by_model_variant_seed_and_fold_with_seeds_only_where_they_matter) {
  std::vector<std::string> names;
  for (const FitTask& fit : list_fits(study_.experiment, 3, count_folds(study_)))
    names.push_back(fit.directory(study_.experiment).generic_string());

  EXPECT_THAT(names, ElementsAre("svr/vanilla/seed-none/fold-0", "svr/vanilla/seed-none/fold-1",
                                 "svr/augmented/seed-none/fold-0", "svr/augmented/seed-none/fold-1",
                                 "svr/shuffled/seed-7/fold-0", "svr/shuffled/seed-7/fold-1",
                                 "svr/shuffled/seed-8/fold-0", "svr/shuffled/seed-8/fold-1",
                                 "random/vanilla/seed-7/fold-0", "random/vanilla/seed-7/fold-1",
                                 "random/vanilla/seed-8/fold-0", "random/vanilla/seed-8/fold-1"));
}

TEST_F(PlannedFits, of_a_learning_curve_follow_each_model_that_learns_and_leave_the_others_as_they_were) {
  const auto before = hashes();
  study_.experiment.report.learning_curve.shares = {0.25, 0.5, 1.0};

  const auto now = hashes();

  EXPECT_EQ(now.size(), before.size() + 4);
  for (const auto& [name, hash] : before) EXPECT_EQ(now.at(name), hash) << name;
  std::set<std::string> of_shares;
  for (const char* name : {"fit svr/share-0.25/seed-none/fold-0", "fit svr/share-0.25/seed-none/fold-1",
                           "fit svr/share-0.5/seed-none/fold-0", "fit svr/share-0.5/seed-none/fold-1"})
    of_shares.insert(now.at(name));
  EXPECT_EQ(of_shares.size(), 4U);
}

TEST_F(PlannedFits, are_each_another) {
  std::set<std::string> different;
  for (const auto& [name, hash] : hashes()) different.insert(hash);

  EXPECT_EQ(different.size(), 12U);
}

TEST_F(PlannedFits, follow_from_the_rows_that_they_learn_from) {
  const auto before = hashes();

  table_.values.row(3)[0] = 99.0;
  EXPECT_THAT(others(before), ElementsAre("augmented"));
  table_.values.row(3)[0] = 100.0;
  EXPECT_THAT(others(before), IsEmpty());
  table_.values.row(1)[0] = 99.0;
  EXPECT_THAT(others(before), ElementsAre("augmented", "shuffled", "vanilla"));
}

TEST_F(PlannedFits, follow_from_labels_names_and_columns) {
  const auto before = hashes();

  for (const auto& change : std::initializer_list<std::function<void(data::SegmentTable&)>>{
           [](data::SegmentTable& table) { table.labels[2] = 0.8; },
           [](data::SegmentTable& table) { table.tracks[2] = "d.wav"; },
           [](data::SegmentTable& table) { table.columns[0] = "key"; },
           [](data::SegmentTable& table) { table.row_segment[2] = 1; },
           [](data::SegmentTable& table) { std::swap(table.row_track[1], table.row_track[2]); }}) {
    const data::SegmentTable good = table_;
    change(table_);
    EXPECT_EQ(others(before).size(), 3U);
    table_ = good;
  }
}

TEST_F(PlannedFits, stay_the_same_beside_others) {
  const auto before = hashes();
  study_.experiment.cross_validation.seeds.push_back(9);
  study_.experiment.models.erase(study_.experiment.models.begin() + 1);
  study_.experiment.models[0].variants = {config::Variant::augmented, config::Variant::vanilla};

  const auto now = hashes();

  EXPECT_EQ(now.size(), 10U);
  EXPECT_EQ(now.at("fit svr/vanilla/seed-none/fold-1"), before.at("fit svr/vanilla/seed-none/fold-1"));
  EXPECT_EQ(now.at("fit svr/augmented/seed-none/fold-0"), before.at("fit svr/augmented/seed-none/fold-0"));
}

// The preparation of three clips, of which the last has no audio, for an ehc and a classic model.
class PlannedClips : public ::testing::Test {
 protected:
  PlannedClips() {
    config::ModelSpec ehc;
    ehc.name = ehc.label = "svr";
    config::ModelSpec classic = ehc;
    classic.label = "classic";
    classic.features = {{"classic"}};
    study_.experiment.models = {ehc, classic};
    study_.clips = {{"a.wav", "a.wav", "a", ""}, {"b.wav", "b.wav", "b", ""}, {"", "c.wav", "c", ""}};
  }

  // Of the clip for both sets, "" where it has no task.
  std::vector<std::string> hashes_of(std::size_t clip) const {
    std::vector<std::string> hashes;
    for (const PreparePlan& plan : plan_prepare(study_, inputs_)) {
      std::string hash;
      for (const PrepareTask& task : plan.tasks) {
        if (task.clip == clip) hash = task.entry.work_hash;
      }
      hashes.push_back(hash);
    }
    return hashes;
  }

  Study study_;
  std::vector<ClipHashes> inputs_ = {{"sound a", "stems a"}, {"sound b", "stems b"}, {"", ""}};
};

TEST_F(PlannedClips, have_a_task_a_set_where_there_is_audio) {
  const std::vector<PreparePlan> plans = plan_prepare(study_, inputs_);

  ASSERT_EQ(plans.size(), 2U);
  ASSERT_EQ(plans[0].tasks.size(), 2U);
  EXPECT_EQ(plans[0].tasks[1].clip, 1U);
  EXPECT_EQ(plans[0].tasks[1].entry.name, "b");
  EXPECT_THAT(hashes_of(2), ElementsAre("", ""));
  EXPECT_EQ(clip_hashes(plans, 3)[2], "");
}

TEST_F(PlannedClips, are_known_by_sound_name_and_for_ehc_by_what_lies_beside_them) {
  const std::vector<std::string> before = hashes_of(0);
  EXPECT_NE(before[0], before[1]);
  EXPECT_NE(before, hashes_of(1));

  inputs_[0].beside = "other stems";
  EXPECT_NE(hashes_of(0)[0], before[0]);
  EXPECT_EQ(hashes_of(0)[1], before[1]);
  inputs_[0] = {"other sound", "stems a"};
  EXPECT_NE(hashes_of(0)[1], before[1]);
  inputs_[0].audio = "sound a";
  EXPECT_EQ(hashes_of(0), before);
  study_.clips[0].name = "z.wav";
  EXPECT_NE(hashes_of(0)[1], before[1]);
}

TEST_F(PlannedClips, are_the_same_in_every_store_and_beside_other_clips) {
  const std::vector<std::string> before = hashes_of(1);

  study_.experiment.features.store = "/elsewhere";
  study_.clips.erase(study_.clips.begin());
  inputs_.erase(inputs_.begin());

  EXPECT_EQ(hashes_of(0), before);
}

}  // namespace
}  // namespace musicmem::launcher
