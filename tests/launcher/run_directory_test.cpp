// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/run/run_directory.h"

#include "config/error.h"
#include "config/experiment.h"
#include "data/files/durable_file.h"
#include "tests/own_path.h"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace musicmem::launcher {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

// A study in lab/study.yaml, looked at from the folder desk beside it.
class PlaceOfARun : public ::testing::Test {
 protected:
  void SetUp() override {
    directory_ = fs::weakly_canonical(own_path());
    before_ = fs::current_path();
    data::make_directories(directory_ / "desk");
    data::make_directories(directory_ / "lab");
    fs::current_path(directory_ / "desk");
    experiment_.name = "mine";
    experiment_.data.labels = directory_ / "lab/labels.csv";
    experiment_.data.audio = directory_ / "lab/clips";
    config::ModelSpec model;
    model.name = model.label = "mean";
    experiment_.models = {model};
  }
  void TearDown() override {
    fs::current_path(before_);
    fs::remove_all(directory_);
  }

  // As earlier versions did it: in runs/ of the working directory.
  void leave_run_here() const {
    const RunDirectory run(fs::absolute("runs/mine"));
    data::make_directories(run.path());
    run.write_experiment(run.experiment(), experiment_);
  }
  RunPlace place() const { return run_place("../lab/study.yaml", experiment_, std::nullopt); }

  fs::path directory_;
  fs::path before_;
  config::Experiment experiment_;
};

TEST_F(PlaceOfARun, is_beside_the_file_of_the_study_wherever_it_is_started) {
  EXPECT_EQ(place().run.path(), directory_ / "lab/runs/mine");
  EXPECT_EQ(place().note, "");
}

TEST_F(PlaceOfARun, given_is_relative_to_the_working_directory) {
  EXPECT_EQ(run_place("../lab/study.yaml", experiment_, "here").run.path(), directory_ / "desk/here");
}

TEST_F(PlaceOfARun, that_an_earlier_version_has_left_here_is_gone_on_with) {
  leave_run_here();

  EXPECT_EQ(place().run.path(), directory_ / "desk/runs/mine");
  EXPECT_THAT(place().note, HasSubstr((directory_ / "lab/runs/mine").string()));
}

TEST_F(PlaceOfARun, of_another_study_of_the_same_name_is_left_alone) {
  leave_run_here();
  experiment_.data.labels = directory_ / "lab/others.csv";

  EXPECT_EQ(place().run.path(), directory_ / "lab/runs/mine");
}

TEST_F(PlaceOfARun, of_the_copy_that_a_run_wrote_is_that_run) {
  const RunDirectory run(directory_ / "lab/runs/mine");
  data::make_directories(run.path());
  run.describe(experiment_, {"a.wav"});

  const RunPlace found = run_place(run.experiment(), experiment_, std::nullopt);
  data::write_file(run.experiment(), "name: mine\n");
  const RunPlace of_another_file = run_place(run.experiment(), experiment_, std::nullopt);

  EXPECT_EQ(found.run.path(), run.path());
  EXPECT_THAT(found.note, HasSubstr(run.path().string()));
  EXPECT_EQ(of_another_file.run.path(), run.path() / "runs/mine");
}

TEST_F(PlaceOfARun, without_a_run_is_named_in_full) {
  try {
    open_run("nowhere");
    FAIL() << "there is no run";
  } catch (const Error& error) {
    EXPECT_EQ(error.where(), (directory_ / "desk/nowhere").string());
  }
}

}  // namespace
}  // namespace musicmem::launcher
