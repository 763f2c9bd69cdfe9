// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/run/run_directory.h"

#include "config/error.h"
#include "config/experiment.h"
#include "data/files/durable_file.h"
#include "launcher/run/json_file.h"
#include "tests/own_path.h"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace musicmem::launcher {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

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

TEST_F(PlaceOfARun, is_opened_by_the_file_of_its_study) {
  const RunDirectory run(directory_ / "lab/runs/mine");
  data::make_directories(run.path());
  data::write_file(directory_ / "lab/study.yaml",
                   "name: mine\ndata: {labels: labels.csv, audio: clips}\nmodels: [{name: svr}]\n");
  EXPECT_THROW(open_run("../lab/study.yaml"), Error);
  run.describe(experiment_, {"a.wav"});

  EXPECT_EQ(open_run("../lab/study.yaml").path(), run.path());
}

TEST_F(PlaceOfARun, without_a_run_is_named_in_full) {
  try {
    open_run("nowhere");
    FAIL() << "there is no run";
  } catch (const Error& error) {
    EXPECT_EQ(error.where(), (directory_ / "desk/nowhere").string());
  }
}

// A run directory of the study "mine" with the tracks a.wav and b.wav.
class FilesOfARun : public ::testing::Test {
 protected:
  void SetUp() override { experiment_.name = "mine"; }
  void TearDown() override { fs::remove_all(run_.path()); }

  // "" where a start of this study may have the directory.
  std::string refusal(const std::vector<std::string>& tracks = {"a.wav", "b.wav"}) const {
    try {
      run_.claim(experiment_, tracks);
    } catch (const Error& error) {
      return error.problem();
    }
    return "";
  }
  nlohmann::json manifest() const { return read_json(run_.manifest()); }
  std::vector<std::string> failed_tasks() const {
    std::vector<std::string> tasks;
    for (const Failure& failure : run_.read_failures()) tasks.push_back(failure.task);
    return tasks;
  }

  config::Experiment experiment_;
  RunDirectory run_{own_path()};
};

TEST_F(FilesOfARun, are_taken_by_starts_of_the_same_study_alone) {
  EXPECT_EQ(refusal(), "");
  run_.describe(experiment_, {"a.wav", "b.wav"});

  EXPECT_EQ(refusal(), "");
  EXPECT_EQ(refusal({"b.wav", "c.wav"}), "") << "a study that grows is the same";
  EXPECT_THAT(refusal({"c.wav"}), HasSubstr("another study that is also called 'mine'"));
  experiment_.name = "yours";
  EXPECT_EQ(refusal(), "holds the run of another study, 'mine', not 'yours'");
}

TEST_F(FilesOfARun, are_not_put_among_others) {
  data::make_directories(run_.path());
  data::write_file(run_.path() / "thesis.tex", "");

  EXPECT_EQ(refusal(), "is not empty and holds no run");
}

TEST_F(FilesOfARun, that_a_start_left_before_its_manifest_are_no_obstacle) {
  data::make_directories(run_.logs());
  data::write_file(run_.lease(), "{}");
  data::write_file(run_.logs() / "rank-0000.log", "");
  run_.write_experiment(run_.experiment(), experiment_);

  EXPECT_EQ(refusal(), "");
}

TEST_F(FilesOfARun, with_a_damaged_manifest_are_not_taken) {
  data::make_directories(run_.path());
  for (const char* content : {"", "{\"name\": \"mine\"", "[]", R"({"name": 3, "tracks": []})"}) {
    data::write_file(run_.manifest(), content);
    EXPECT_EQ(refusal(), "is damaged") << content;
  }
}

TEST_F(FilesOfARun, tell_of_the_program_that_trained_and_not_of_later_ones) {
  data::make_directories(run_.path());
  run_.describe(experiment_, {"a.wav"});
  nlohmann::json by_an_earlier_program = manifest();
  by_an_earlier_program["revision"] = "earlier";
  write_json(run_.manifest(), by_an_earlier_program);
  data::write_file(run_.plan(), "{}");

  run_.describe(experiment_, {"a.wav", "b.wav"});
  run_.describe_inputs("hash of the data", /*trains=*/false);

  EXPECT_EQ(manifest().at("revision"), "earlier");
  EXPECT_EQ(manifest().at("tracks").size(), 2U);
  EXPECT_EQ(manifest().at("data_hash"), "hash of the data");
  run_.describe(experiment_, {"a.wav"});
  EXPECT_EQ(manifest().at("data_hash"), "hash of the data");
  run_.describe_inputs("another", /*trains=*/true);
  EXPECT_NE(manifest().at("revision"), "earlier");
}

TEST_F(FilesOfARun, remember_failures_until_their_tasks_succeed_or_are_planned_no_more) {
  for (const char* task : {"prepare b.wav", "prepare a.wav", "fit svr/vanilla/seed-none/fold-0"})
    run_.record_failure({task, "hash", "café.wav: is no sound"});
  data::write_file(run_.failures() / "0.json", "{\"task\":");

  EXPECT_THAT(failed_tasks(),
              ElementsAre("fit svr/vanilla/seed-none/fold-0", "prepare a.wav", "prepare b.wav"));
  EXPECT_EQ(run_.read_failures()[1].hash, "hash");
  EXPECT_EQ(run_.read_failures()[1].problem, "café.wav: is no sound");
  run_.record_success("prepare b.wav");
  EXPECT_THAT(failed_tasks(), ElementsAre("fit svr/vanilla/seed-none/fold-0", "prepare a.wav"));
  run_.keep_failures_of({}, "prepare");
  EXPECT_THAT(failed_tasks(), ElementsAre("fit svr/vanilla/seed-none/fold-0"));
}

TEST_F(FilesOfARun, are_cleared_of_results_and_keep_what_tells_of_the_past) {
  run_.claim(experiment_, {"a.wav"});
  run_.describe(experiment_, {"a.wav"});
  run_.record_failure({"prepare a.wav", "hash", "is no sound"});
  for (const fs::path& result : {run_.folds() / "svr", run_.checkpoints() / "svr", run_.report()})
    data::make_directories(result);
  data::write_file(run_.plan(), "{}");
  data::write_file(run_.logs() / "rank-0000.log", "a line");

  run_.clear();

  std::vector<std::string> left;
  for (const auto& entry : fs::directory_iterator(run_.path())) left.push_back(entry.path().filename());
  EXPECT_THAT(left, UnorderedElementsAre("experiment.yaml", "manifest.json", "logs"));
  EXPECT_EQ(data::read_file(run_.logs() / "rank-0000.log"), "a line");
}

}  // namespace
}  // namespace musicmem::launcher
