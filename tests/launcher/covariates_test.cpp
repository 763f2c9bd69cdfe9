// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/study/covariates.h"

#include "config/error.h"
#include "tests/own_path.h"

#include <filesystem>
#include <fstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace musicmem::launcher {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;

// Six tracks with an embedding each, and what the test says of them beside.
class Covariates : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(directory_);
    std::ofstream labels(directory_ / "labels.csv");
    std::ofstream embedding(directory_ / "embedding.csv");
    labels << "track,score\n";
    embedding << "track,x\n";
    for (int i = 0; i < 6; ++i) {
      labels << "t" << i << ".wav," << 0.1 * i << "\n";
      embedding << "t" << i << "," << i * i << "\n";
    }
    experiment_.name = "covariates";
    experiment_.data.labels = directory_ / "labels.csv";
    experiment_.data.covariates = directory_ / "beside.csv";
    experiment_.features.sets["mine"].source = directory_ / "embedding.csv";
    experiment_.cross_validation.folds.number = 2;
    config::ModelSpec model;
    model.name = model.label = "ridge";
    model.features = {{"mine"}};
    experiment_.models = {model};
  }
  void TearDown() override { fs::remove_all(directory_); }

  void write(const std::string& text) const { std::ofstream(directory_ / "beside.csv") << text; }
  std::string problem() const {
    try {
      load_study(experiment_);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }

  fs::path directory_ = own_path();
  config::Experiment experiment_;
};

TEST_F(Covariates, are_read_by_track_and_predict_in_the_same_folds) {
  write("track,year,popularity\nt5.wav,2005,9\nt0,2000,1\nt1,2001,4\nt2,2002,2\nt3,2003,8\nt4,2004,5\n");

  const Study study = load_study(experiment_);

  EXPECT_THAT(study.covariates.names, ElementsAre("year", "popularity"));
  EXPECT_THAT(study.covariates.of_tracks.at(5), ElementsAre(2005.0, 9.0));
  EXPECT_THAT(study.covariates.of_tracks.at(0), ElementsAre(2000.0, 1.0));
  ASSERT_EQ(study.experiment.models.size(), 2U);
  EXPECT_EQ(study.experiment.models[1].label, "covariates");
  EXPECT_EQ(study.experiment.models[1].name, "ridge");
  EXPECT_THAT(study.experiment.models[1].features.sets, ElementsAre("covariates"));
}

TEST_F(Covariates, of_an_experiment_that_was_written_out_are_there_once) {
  write("track,year\nt0,1\nt1,2\nt2,3\nt3,4\nt4,5\nt5,7\n");
  const Study study = load_study(experiment_);
  std::ofstream(directory_ / "plan.yaml") << config::to_yaml(study.experiment, directory_);

  const Study again = load_study(config::load_experiment(directory_ / "plan.yaml"));

  EXPECT_EQ(again.experiment.models.size(), 2U);
  EXPECT_EQ(config::to_yaml(again.experiment, directory_), config::to_yaml(study.experiment, directory_));
}

TEST_F(Covariates, that_are_missing_are_named) {
  write("track,year\nt0,1\nt1,2\nt2,3\nt5,7\n");
  EXPECT_THAT(problem(),
              AllOf(HasSubstr("beside.csv"), HasSubstr("2 tracks of 6"), HasSubstr("t3.wav, t4.wav")));

  write("track,year\nt0,1\nt1,2\nt2,\nt3,4\nt4,5\nt5,7\n");
  EXPECT_THAT(problem(), AllOf(HasSubstr("beside.csv:4"), HasSubstr("column 'year' is empty"),
                               HasSubstr("give every track a number")));
}

TEST_F(Covariates, of_no_track_are_left_out_and_said) {
  write("track,year\nt0,1\nt1,2\nt2,3\nt3,4\nt4,5\nt5,7\na_track_of_another_study,8\n");

  const Study study = load_study(experiment_);

  EXPECT_THAT(study.covariates.of_tracks.at(5), ElementsAre(7.0));
  EXPECT_THAT(study.warnings,
              Contains(Field(&StudyWarning::text, HasSubstr("such as a_track_of_another_study"))));
}

TEST_F(Covariates, that_are_words_are_named) {
  write("track,year,artist\nt0,1,Abba\nt1,2,Abba\nt2,3,Blur\nt3,4,Blur\nt4,5,Can\nt5,7,Can\n");

  EXPECT_THAT(problem(), AllOf(HasSubstr("beside.csv:2"), HasSubstr("'Abba' in column 'artist'"),
                               HasSubstr("covariates are numbers: leave the column out")));
}

TEST_F(Covariates, that_are_the_same_for_every_track_are_warned_of) {
  write("track,year,country\nt0,1,7\nt1,2,7\nt2,3,7\nt3,4,7\nt4,5,7\nt5,7,7\n");

  EXPECT_THAT(load_study(experiment_).warnings,
              Contains(Field(&StudyWarning::text,
                             "covariate 'country' is the same for every track: it explains nothing")));
}

TEST_F(Covariates, do_not_take_the_name_of_another_model) {
  write("track,year\nt0,1\nt1,2\nt2,3\nt3,4\nt4,5\nt5,7\n");
  experiment_.models[0].label = "covariates";

  EXPECT_THAT(problem(), HasSubstr("give it another label"));
}

TEST_F(Covariates, or_none_leave_a_learning_curve_of_too_few_tracks_refused) {
  experiment_.data.covariates.clear();
  experiment_.report.learning_curve.shares = {0.5, 1.0};

  EXPECT_THAT(problem(), HasSubstr("a share of 0.5 of 3 training tracks leaves fewer than two"));
}

}  // namespace
}  // namespace musicmem::launcher
