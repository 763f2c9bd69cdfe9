// SPDX-License-Identifier: GPL-3.0-or-later
// What is made of finished studies: reports that compare several runs.
#include "data/files/csv.h"
#include "tests/integration/report_fixture.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace musicmem::testing_support {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

TEST_F(Report, pairs_two_runs_and_refuses_others_with_the_difference) {
  ASSERT_EQ(run_study({"models=[{name: svr, kernel: linear}]"}, 0, "linear").exit_code, 0);
  ASSERT_EQ(run_study({"cross_validation.folds=4", "models=[{name: svr}]"}, 0, "four").exit_code, 0);

  const ProgramResult paired = musicmem({"report", "run", "linear", "--output", "both"});
  const ProgramResult refused = musicmem({"report", "run", "four", "--output", "none"});
  const ProgramResult nowhere = musicmem({"report", "run", "linear"});
  const ProgramResult twice = musicmem({"report", "run", "linear/../run/", "--output", "none"});

  EXPECT_EQ(paired.exit_code, 0) << paired.errors;
  EXPECT_THAT(text_of(directory_ / "both/comparisons.csv"),
              HasSubstr("runs,spearman,linear/svr,vanilla,run/svr,vanilla,3,"));
  EXPECT_THAT(text_of(directory_ / "both/summary.json"), HasSubstr("\"models.svr.kernel\""));
  EXPECT_THAT(text_of(directory_ / "both/predictions.csv"), HasSubstr("\nlinear/svr,vanilla,none,0,"));
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.errors, HasSubstr("3 folds against 4"));
  EXPECT_FALSE(fs::exists(directory_ / "none"));
  EXPECT_EQ(nowhere.exit_code, 2);
  EXPECT_EQ(twice.exit_code, 2);
  EXPECT_THAT(twice.errors, HasSubstr("the run linear/../run/ is given twice, as run as well"));
}

TEST_F(Report, folds_that_lack_a_seed_are_not_compared) {
  const Words study = {"models=[{name: mlp, max_epochs: 3}]", "cross_validation.seeds=[5, 6]",
                       "augment.pitch_semitones=[]"};
  ASSERT_EQ(run_study(study, 2, "whole").exit_code, 0);
  Words shorter = study;
  shorter[0] = "models=[{name: mlp, max_epochs: 2}]";
  ASSERT_EQ(run_study(shorter, 2, "part").exit_code, 0);
  fs::remove_all(directory_ / "part/folds/mlp/vanilla/seed-6/fold-0");

  const ProgramResult result = musicmem({"report", "whole", "part", "--output", "both", "--allow-partial"});

  ASSERT_EQ(result.exit_code, 0) << result.errors;
  const data::CsvFile csv(directory_ / "both/comparisons.csv");
  ASSERT_GT(csv.rows(), 0);
  for (std::size_t row = 0; row < csv.rows(); ++row) {
    if (csv.field(row, csv.column("family")) != "runs") continue;
    EXPECT_EQ(csv.field(row, csv.column("folds")), "2");
  }
}

TEST_F(Report, runs_that_predict_the_same_are_said_to_and_belong_to_no_family) {
  fs::copy(directory_ / "run", directory_ / "copy", fs::copy_options::recursive);

  ASSERT_EQ(musicmem({"report", "run", "copy", "--output", "both"}).exit_code, 0);

  EXPECT_THAT(text_of(directory_ / "both/comparisons.csv"), Not(HasSubstr("\nruns,")));
  EXPECT_THAT(text_of(directory_ / "both/report.md"),
              AllOf(HasSubstr("copy/svr vanilla (run/svr vanilla)"),
                    HasSubstr("copy and run have the same settings")));
}

TEST_F(Report, runs_below_a_folder_are_listed_with_state_score_and_differences) {
  ASSERT_EQ(run_study({"models=[{name: svr, C: 10}]"}, 0, "more/deep/other").exit_code, 0);
  fs::remove_all(directory_ / "more/deep/other/folds/svr/vanilla/seed-none/fold-1");
  fs::create_directory_symlink(directory_ / "run", directory_ / "more/linked");
  write_text(directory_ / "broken/experiment.yaml", "name: [");
  write_text(directory_ / "broken/manifest.json", "{}");

  const ProgramResult listed = musicmem({"runs", ".", "--json"});
  const ProgramResult table = musicmem({"runs"});
  const ProgramResult none = musicmem({"runs", "study/nowhere"});
  const ProgramResult empty = musicmem({"runs", "study"});

  ASSERT_EQ(listed.exit_code, 0) << listed.errors;
  const auto runs = nlohmann::json::parse(listed.output);
  ASSERT_EQ(runs.size(), 3U) << listed.output;
  EXPECT_EQ(runs[0].at("run"), "broken");
  EXPECT_THAT(runs[0].at("problem").get<std::string>(), HasSubstr("experiment.yaml"));
  EXPECT_EQ(runs[1].at("run"), "more/deep/other");
  EXPECT_EQ(runs[1].at("done").get<int>() + 1, runs[1].at("total").get<int>());
  EXPECT_EQ(runs[2].at("run"), "run");
  EXPECT_EQ(runs[2].at("state"), "done");
  EXPECT_EQ(runs[2].at("compared_with"), "more/deep/other");
  EXPECT_EQ(runs[2].at("differences").at("models.svr.C").at("first"), "10");
  const auto summary = nlohmann::json::parse(text_of(report() / "summary.json"));
  double best = -1.0;
  for (const auto& model : summary.at("models")) {
    if (model.at("variant") != "shuffled" && model.at("pooled_spearman").is_number())
      best = std::max(best, model.at("pooled_spearman").get<double>());
  }
  EXPECT_EQ(runs[2].at("pooled_spearman"), best);
  EXPECT_THAT(table.output, HasSubstr("models.svr.C 10 -> 1"));
  EXPECT_THAT(table.output, HasSubstr("cannot be read"));
  EXPECT_EQ(none.exit_code, 1);
  EXPECT_THAT(none.errors, HasSubstr("nowhere"));
  EXPECT_EQ(empty.output, "no runs below study\n");
}

}  // namespace
}  // namespace musicmem::testing_support
