// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/results/run_changes.h"

#include "data/files/durable_file.h"
#include "data/files/hash.h"
#include "launcher/results/run_status.h"
#include "launcher/run/json_file.h"
#include "launcher/study/feature_tables.h"
#include "launcher/study/run_plan.h"
#include "launcher/study/study.h"
#include "tests/own_path.h"

#include <chrono>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace musicmem::launcher {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Four clips or a table of four tracks, two folds and the model `mean`, as it was planned a minute ago.
class ChangedRun : public testing::Test {
 protected:
  void SetUp() override {
    directory_ = own_path();
    data::make_directories(directory_ / "run");
    study_.experiment.name = "mine";
    study_.experiment.cross_validation.folds.number = 2;
    config::ModelSpec mean;
    mean.name = mean.label = "mean";
    study_.experiment.models = {mean};
    study_.tracks = {"a.wav", "b.wav", "c.wav", "d.wav"};
    study_.labels = {0.1, 0.4, 0.2, 0.9};
  }
  void TearDown() override { fs::remove_all(directory_); }

  fs::path clip(const std::string& track) const { return directory_ / "clips" / track; }
  void write_clip(const std::string& track, const std::string& bytes, std::chrono::minutes age) const {
    data::make_directories(clip(track).parent_path());
    data::write_file(clip(track), bytes);
    fs::last_write_time(clip(track), fs::file_time_type::clock::now() - age);
  }

  // Of the study as it is, with what its clips hold.
  void plan_study() {
    std::vector<FitTask> fits = study_.table.columns.empty()
                                    ? list_fits(study_.experiment, study_.tracks.size(), count_folds(study_))
                                    : plan_fits(study_, load_feature_tables(study_, {}));
    add_recipes(fits, study_.experiment, study_.sets);
    write_run_plan(run_, study_, data_hash(study_, {}), fits, {});
    nlohmann::json plan = read_json(run_.plan());
    for (std::size_t i = 0; i < study_.clips.size(); ++i) {
      const std::string bytes = data::read_file(study_.clips[i].audio);
      plan["tracks"][i]["audio"] = data::checksum(bytes);
      plan["tracks"][i]["bytes"] = bytes.size();
    }
    write_json(run_.plan(), plan);
    fs::last_write_time(run_.plan(), fs::file_time_type::clock::now() - std::chrono::minutes(1));
    for (const FitTask& fit : fits) {
      const fs::path directory = run_.folds() / fit.directory(study_.experiment);
      data::make_directories(directory);
      write_json(directory / "metrics.json", {{"hash", fit.hash}});
    }
  }
  std::string changes() const { return changes_text(look_for_changes(run_, study_)); }

  fs::path directory_;
  RunDirectory run_{own_path() / "run"};
  Study study_;
};

TEST_F(ChangedRun, clips_are_known_by_their_bytes_whatever_their_times) {
  for (const std::string& track : study_.tracks) {
    write_clip(track, "sound of " + track, std::chrono::hours(2));
    study_.clips.push_back({clip(track), track, track, ""});
  }
  plan_study();
  EXPECT_EQ(changes(), "");

  write_clip("a.wav", "sound of a.wav", std::chrono::minutes(0));  // written again
  EXPECT_EQ(changes(), "");
  write_clip("b.wav", "Sound of b.wav", std::chrono::hours(2));  // as long and as old as before
  EXPECT_EQ(changes(), "1 clip has changed since");
  write_clip("c.wav", "longer sound of c.wav", std::chrono::hours(2));
  EXPECT_EQ(changes(), "2 clips have changed since");
}

TEST_F(ChangedRun, values_of_a_table_are_looked_at) {
  study_.experiment.data.table = directory_ / "table.csv";
  data::SegmentTable& table = study_.table;
  table.tracks = study_.tracks;
  table.labels = study_.labels;
  table.columns = {"bpm"};
  for (int track = 0; track < 4; ++track) {
    const double value = 100.0 + track;
    table.row_track.push_back(track);
    table.row_segment.push_back(1);
    table.row_semitones.push_back(0);
    table.values.append_row(std::span<const double>(&value, 1));
  }
  plan_study();
  EXPECT_EQ(changes(), "");

  table.values.row(2)[0] = 90.0;

  EXPECT_EQ(changes(), "table.csv has changed since");
}

TEST_F(ChangedRun, fits_that_are_asked_for_and_were_never_planned_are_counted) {
  plan_study();
  config::ModelSpec random;
  random.name = random.label = "random";
  study_.experiment.models.push_back(random);
  study_.experiment.cross_validation.seeds = {7};

  const RunChanges found = look_for_changes(run_, study_);

  EXPECT_THAT(found.what, IsEmpty());
  EXPECT_THAT(found.untrained, ElementsAre("random/vanilla/seed-7/fold-0", "random/vanilla/seed-7/fold-1"));
  EXPECT_EQ(changes_text(found),
            "2 fits that it asks for were not trained, such as random/vanilla/seed-7/fold-0");
  EXPECT_EQ(changes_text({{"labels.csv"}, 1, {"svr/vanilla/seed-none/fold-0"}}),
            "labels.csv and 1 clip have changed since, and 1 fit that it asks for was not trained: "
            "svr/vanilla/seed-none/fold-0");
}

TEST_F(ChangedRun, labels_out_of_reach_are_said_to_be) {
  study_.experiment.data.labels = directory_ / "labels.csv";
  study_.experiment.data.audio = directory_ / "clips";
  run_.write_experiment(run_.experiment(), study_.experiment);

  EXPECT_THAT(read_run_status(run_).changes,
              HasSubstr("its data cannot be looked at: " + study_.experiment.data.labels.string()));
}

}  // namespace
}  // namespace musicmem::launcher
