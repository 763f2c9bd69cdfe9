// SPDX-License-Identifier: GPL-3.0-or-later
// Settings that are chosen for each fit, by cross-validation within its training tracks.
#include "data/files/csv.h"
#include "launcher/run/json_file.h"
#include "tests/integration/study_fixture.h"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace musicmem::testing_support {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

class SearchedStudy : public SmallStudy {
 protected:
  const Words searches = {
      "augment.pitch_semitones=[]",
      "models=[{name: mean}, {name: svr, search: {C: [0.1, 1, 10], gamma: [scale, 0.01], inner_folds: 3}}, "
      "{name: ridge, controls: [shuffled], search: {alpha: {log: [0.1, 1000]}, draws: 4, inner_folds: 2}}, "
      "{name: mlp, max_epochs: 3, search: {dropout: [0.2, 0.5], inner_folds: 2, metric: spearman}}]"};

  fs::path fit(const std::string& of_fit) const { return directory_ / "run/folds" / of_fit; }
};

TEST_F(SearchedStudy, leaves_scores_and_choices_the_same_for_any_number_of_ranks) {
  ASSERT_EQ(run_study(searches, 2).exit_code, 0);
  ASSERT_EQ(run_study(searches, 1, "alone").exit_code, 0);
  ASSERT_EQ(run_study(searches, 4, "four").exit_code, 0);

  EXPECT_TRUE(contents_of(directory_ / "run/folds") == contents_of(directory_ / "alone/folds"));
  EXPECT_TRUE(contents_of(directory_ / "run/folds") == contents_of(directory_ / "four/folds"));
  EXPECT_TRUE(contents_of(directory_ / "run/report") == contents_of(directory_ / "alone/report"));
  const data::CsvFile scores(fit("svr/vanilla/seed-none/fold-0/search.csv"));
  EXPECT_EQ(scores.rows(), 18U);
  EXPECT_THAT(text_of(fit("svr/vanilla/seed-none/fold-0/search.csv")),
              ::testing::StartsWith("candidate,C,gamma,inner_fold,mse,mae,spearman,pearson,chosen\n"));
  const nlohmann::json metrics = launcher::read_json(fit("svr/vanilla/seed-none/fold-0/metrics.json"));
  for (std::size_t row = 0; row < scores.rows(); ++row) {
    if (scores.field(row, scores.column("chosen")) != "1") continue;
    EXPECT_EQ(metrics.at("chosen").at("C"), scores.number(row, scores.column("C")));
  }
  EXPECT_TRUE(fs::exists(fit("ridge/shuffled/seed-5/fold-1/search.csv")));
  EXPECT_FALSE(fs::exists(fit("mean/vanilla/seed-none/fold-0/search.csv")));
  EXPECT_FALSE(fs::exists(directory_ / "run/checkpoints"));
  EXPECT_THAT(text_of(directory_ / "run/report/report.md"), AllOf(HasSubstr("optimism"), HasSubstr("alpha")));
}

TEST_F(SearchedStudy, is_counted_before_it_runs) {
  Words words = searches;
  words.emplace_back("--dry-run");

  const ProgramResult result = run_study(words);

  EXPECT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_THAT(result.output,
              HasSubstr("search svr/vanilla/seed-none/fold-2, inner fold 1, 6 candidates, first 0"));
}

TEST_F(SearchedStudy, trains_one_fold_alone) {
  ASSERT_EQ(musicmem({"run", "study/experiment.yaml", "--run-dir", "run", "--only-fold", "1", searches[0],
                      searches[1]})
                .exit_code,
            0);

  EXPECT_TRUE(fs::exists(fit("svr/vanilla/seed-none/fold-1/metrics.json")));
  EXPECT_FALSE(fs::exists(fit("svr/vanilla/seed-none/fold-0")));
  const ProgramResult none =
      musicmem({"train", "study/experiment.yaml", "--run-dir", "run", "--only-fold", "3"});
  EXPECT_EQ(none.exit_code, 2);
  EXPECT_THAT(none.errors, HasSubstr("count from 0 to 2"));
}

TEST_F(SearchedStudy, is_predicted_from_with_the_chosen_settings) {
  ASSERT_EQ(run_study(searches, 2).exit_code, 0);

  const ProgramResult result = musicmem({"predict", "--run", "run", "--model", "svr", clip(0).string()});

  EXPECT_EQ(result.exit_code, 0) << result.errors;
}

TEST_F(SearchedStudy, is_refused_before_anything_is_made_where_it_cannot_be) {
  const ProgramResult folds = run_study({"models=[{name: svr, search: {C: [1], inner_folds: 9}}]"});
  EXPECT_EQ(folds.exit_code, 1);
  EXPECT_THAT(folds.errors,
              HasSubstr("models.svr.search: 9 inner folds of 8 training tracks; lower inner_folds"));
  EXPECT_FALSE(fs::exists(directory_ / "study/data/features"));
  const ProgramResult components =
      run_study({"models=[{name: ridge, search: {pca: [2, 60], inner_folds: 3}}]"});
  EXPECT_EQ(components.exit_code, 1);
  EXPECT_THAT(components.errors, HasSubstr("60 components"));
}

TEST_F(SearchedStudy, refuses_a_setting_that_the_model_has_not) {
  const ProgramResult result = run_study({"models=[{name: svr, search: {Gamma: [1]}}]"});

  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.errors, AllOf(HasSubstr("svr has no setting 'Gamma'"), HasSubstr("gamma")));
}

}  // namespace
}  // namespace musicmem::testing_support
