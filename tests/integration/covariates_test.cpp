// SPDX-License-Identifier: GPL-3.0-or-later
// Studies of which it is known what the scores follow from beside the sound.
#include "data/files/csv.h"
#include "data/files/number_forms.h"
#include "data/generator.h"
#include "tests/integration/study_fixture.h"
#include "tests/own_path.h"

#include <cmath>
#include <filesystem>

#include <gmock/gmock.h>

namespace musicmem::testing_support {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

// Scores that follow from popularity and from melody. One set of features knows popularity alone, the other melody.
class PlantedCovariates : public testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(directory_);
    data::Generator generator(20261130);
    std::string labels = "track,score\n";
    std::string covariates = "track,popularity,year\n";
    std::string fame = "track,plays,views\n";
    std::string melody = "track,contour,range\n";
    for (int i = 0; i < 160; ++i) {
      const std::string track = "t" + std::to_string(i);
      const double popularity = generator.normal();
      const double tune = generator.normal();
      const auto noisy = [&](double value) {
        return "," + data::format_number(value + 0.3 * generator.normal());
      };
      labels += track + "," + data::format_number(0.5 + 0.2 * std::tanh(popularity + 0.7 * tune)) + "\n";
      covariates +=
          track + "," + data::format_number(popularity) + "," + std::to_string(1990 + i % 30) + "\n";
      fame += track + noisy(popularity) + noisy(popularity) + "\n";
      melody += track + noisy(tune) + noisy(tune) + "\n";
    }
    write_text(directory_ / "labels.csv", labels);
    write_text(directory_ / "beside.csv", covariates);
    write_text(directory_ / "fame.csv", fame);
    write_text(directory_ / "melody.csv", melody);
    write_text(
        directory_ / "study.yaml",
        "data: {labels: labels.csv, covariates: beside.csv}\n"
        "features: {sets: {fame: {source: fame.csv}, melody: {source: melody.csv}}}\n"
        "cross_validation: {folds: 5, seeds: [1]}\n"
        "report: {rope: {spearman: 0.05}, learning_curve: [0.25, 0.5, 1]}\n"
        "models: [{name: ridge, label: fame, features: fame}, {name: ridge, label: melody, features: melody}]\n");
  }
  void TearDown() override { fs::remove_all(directory_); }

  ProgramResult musicmem(const Words& arguments) const { return run(program(arguments), directory_); }
  double number(const std::string& model, const std::string& column) const {
    return *data::parse_number(summary_cell(directory_ / "run", model, "vanilla", column));
  }

  fs::path directory_ = own_path();
};

TEST_F(PlantedCovariates, are_exposed) {
  const ProgramResult result = musicmem({"run", "study.yaml", "--run-dir", "run"});

  ASSERT_EQ(result.exit_code, 0) << result.errors;
  // Both predict; what fame knows is known without it, and what melody knows is not.
  EXPECT_GT(number("fame", "pooled_spearman"), 0.6);
  EXPECT_GT(number("melody", "pooled_spearman"), 0.4);
  EXPECT_LT(number("fame", "partial_spearman_low"), 0.0);
  EXPECT_GT(number("fame", "partial_spearman_high"), 0.0);
  EXPECT_GT(number("melody", "partial_spearman_low"), 0.5);
  EXPECT_GT(number("covariates", "pooled_spearman"), number("fame", "pooled_spearman"));
  EXPECT_EQ(summary_cell(directory_ / "run", "covariates", "vanilla", "partial_spearman"), "");
}

TEST_F(PlantedCovariates, stand_in_every_form_of_the_report_with_curve_and_differences) {
  const ProgramResult result = musicmem({"run", "study.yaml", "--run-dir", "run"});

  ASSERT_EQ(result.exit_code, 0) << result.errors;
  for (const char* form : {"index.html", "report.md", "report.tex"}) {
    EXPECT_THAT(
        text_of(directory_ / "run/report" / form),
        AllOf(HasSubstr("Beside the covariates"), HasSubstr("Learning curve"), HasSubstr("Differences"),
              HasSubstr("Detectable: the smallest true difference"), HasSubstr("popularity")))
        << form;
  }
  const data::CsvFile curve(directory_ / "run/report/learning_curve.csv");
  ASSERT_EQ(curve.rows(), 9U) << "three models, each on three shares";
  EXPECT_EQ(curve.number(0, curve.column("training_tracks")), 32.0);
  EXPECT_EQ(curve.number(2, curve.column("training_tracks")), 128.0);
  EXPECT_EQ(curve.field(0, curve.column("variant")), "share-0.25");
  EXPECT_TRUE(fs::exists(directory_ / "run/folds/fame/share-0.25/seed-none/fold-4/predictions.csv"));
  const data::CsvFile comparisons(directory_ / "run/report/comparisons.csv");
  for (std::size_t row = 0; row < comparisons.rows(); ++row) {
    double sum = 0.0;
    for (const char* column : {"p_a_better", "p_equivalent", "p_b_better"})
      sum += comparisons.number(row, comparisons.column(column));
    EXPECT_NEAR(sum, 1.0, 1e-9);
    EXPECT_GT(comparisons.number(row, comparisons.column("detectable_difference")), 0.0);
    if (comparisons.field(row, comparisons.column("metric")) == "spearman") {
      EXPECT_EQ(comparisons.number(row, comparisons.column("rope")), 0.05);
    }
  }
}

TEST_F(PlantedCovariates, are_added_and_changed_without_a_fit_of_another_model_made_anew) {
  const std::string study = text_of(directory_ / "study.yaml");
  const std::string covariates = ", covariates: beside.csv";
  std::string plain = study;
  plain.erase(plain.find(covariates), covariates.size());
  write_text(directory_ / "study.yaml", plain);
  ASSERT_EQ(musicmem({"run", "study.yaml", "--run-dir", "run", "report.learning_curve=none"}).exit_code, 0);
  write_text(directory_ / "study.yaml", study);
  const std::string before = text_of(directory_ / "run/folds/fame/vanilla/seed-none/fold-0/metrics.json");

  const ProgramResult planned = musicmem({"run", "study.yaml", "--run-dir", "run", "--dry-run"});
  const ProgramResult added = musicmem({"run", "study.yaml", "--run-dir", "run"});

  EXPECT_THAT(planned.output, HasSubstr("# 45 tasks: 10 on disk, 35 left"));
  EXPECT_THAT(planned.output, HasSubstr("fit melody/share-0.5/seed-none/fold-3"));
  EXPECT_EQ(added.exit_code, 0) << added.errors;
  EXPECT_EQ(text_of(directory_ / "run/folds/fame/vanilla/seed-none/fold-0/metrics.json"), before);

  write_text(directory_ / "other.csv", text_of(directory_ / "beside.csv") + "\n");
  const ProgramResult elsewhere =
      musicmem({"run", "study.yaml", "--run-dir", "run", "data.covariates=other.csv"});

  EXPECT_EQ(elsewhere.exit_code, 1);
  EXPECT_THAT(elsewhere.errors,
              HasSubstr("finished fits: data.covariates " + (directory_ / "beside.csv").string() + " -> " +
                        (directory_ / "other.csv").string()));
}

TEST_F(PlantedCovariates, that_cannot_be_read_are_said_before_anything_is_made) {
  write_text(directory_ / "beside.csv", "track,popularity,genre\nt0,1,pop\n");

  const ProgramResult checked = musicmem({"validate", "study.yaml"});
  const ProgramResult started = musicmem({"run", "study.yaml", "--run-dir", "run"});

  EXPECT_EQ(checked.exit_code, 1);
  EXPECT_THAT(checked.output + checked.errors, HasSubstr("lacks 159 tracks of 160"));
  EXPECT_EQ(started.exit_code, 1);
  EXPECT_THAT(started.errors, AllOf(HasSubstr("beside.csv"), HasSubstr("such as t1, t2, t3")));
  EXPECT_FALSE(fs::exists(directory_ / "run/folds"));
}

}  // namespace
}  // namespace musicmem::testing_support
