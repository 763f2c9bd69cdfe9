// SPDX-License-Identifier: GPL-3.0-or-later
// What is made of a finished study: explanations of its models.
#include "data/demo/study.h"
#include "data/files/csv.h"
#include "tests/integration/report_fixture.h"
#include "tests/own_path.h"

#include <set>

#include <gmock/gmock.h>

namespace musicmem::testing_support {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Key;

TEST_F(Report, explanations_of_other_fits_are_not_shown) {
  ASSERT_EQ(musicmem({"explain", "run", "--model", "svr", "--samples", "100"}).exit_code, 0);
  ASSERT_EQ(musicmem({"report", "run"}).exit_code, 0);
  const auto first = contents_of(report());
  EXPECT_THAT(first, Contains(Key("figures/svr-beeswarm.svg")));
  ASSERT_EQ(musicmem({"report", "run"}).exit_code, 0);
  EXPECT_EQ(contents_of(report()), first);

  write_text(report() / "figures/drawn-by-hand.png", "an author's own");
  ASSERT_EQ(run_study({"models=[{name: svr, C: 2}]", "--replace"}).exit_code, 0);

  EXPECT_EQ(text_of(report() / "figures/drawn-by-hand.png"), "an author's own");
  EXPECT_THAT(
      text_of(report() / "index.html"),
      HasSubstr("The explanation of svr vanilla is not shown: it is damaged or belongs to other fits"));
  EXPECT_FALSE(fs::exists(report() / "figures/svr-beeswarm.svg"));
}

TEST_F(Report, explanations_of_variants_stand_side_by_side_and_are_reached_through_links) {
  fs::create_directories(directory_ / "elsewhere");
  fs::create_directory_symlink(directory_ / "run", directory_ / "elsewhere/link");
  const std::string link = "elsewhere/link";

  const ProgramResult chosen = musicmem({"explain", link, "--model", "mlp", "--samples", "100"});
  ASSERT_EQ(chosen.exit_code, 0);
  EXPECT_THAT(chosen.errors, HasSubstr(", its best variant by validation"));
  const auto best = contents_of(directory_ / "run/explain/mlp");
  const bool is_vanilla = chosen.errors.find("mlp is represented by vanilla, ") != std::string::npos;
  const std::string other = is_vanilla ? "augmented_lds" : "vanilla";
  ASSERT_EQ(musicmem({"explain", link, "--model", "mlp", "--variant", other, "--samples", "100"}).exit_code,
            0);
  ASSERT_EQ(musicmem({"report", link}).exit_code, 0);

  EXPECT_EQ(contents_of(directory_ / "run/explain/mlp"), best);
  EXPECT_THAT(contents_of(report()), AllOf(Contains(Key("figures/mlp-beeswarm.svg")),
                                           Contains(Key("figures/mlp+" + other + "-beeswarm.svg"))));
  EXPECT_THAT(text_of(report() / "index.html"),
              AllOf(HasSubstr("SHAP values of mlp vanilla"), HasSubstr("SHAP values of mlp augmented_lds")));
}

TEST_F(Report, explanations_add_up_to_the_predictions_on_any_number_of_ranks) {
  for (const char* model : {"svr", "mlp"}) {
    const Words command = {"explain", "run", "--model", model, "--samples", "200"};
    const fs::path directory = directory_ / "run/explain" / model;
    ASSERT_EQ(musicmem(command, 2).exit_code, 0);
    const std::string two_ranks = text_of(directory / "shap.csv");
    fs::remove_all(directory);
    ASSERT_EQ(musicmem(command).exit_code, 0);
    EXPECT_EQ(text_of(directory / "shap.csv"), two_ranks);

    const data::CsvFile csv(directory / "shap.csv");
    const std::size_t prediction = csv.column("prediction");
    ASSERT_EQ(csv.rows(), 9 * clips);
    for (std::size_t row = 0; row < csv.rows(); ++row) {
      double sum = csv.number(row, csv.column("base"));
      for (std::size_t c = prediction + 1; c < csv.header().size(); ++c) sum += csv.number(row, c);
      EXPECT_NEAR(sum, csv.number(row, prediction), 1e-9);
    }
    EXPECT_TRUE(fs::exists(directory / "effects.csv"));
  }
  ASSERT_EQ(musicmem({"report", "run"}).exit_code, 0);
  EXPECT_THAT(text_of(report() / "index.html"), HasSubstr("What drives the predictions"));
}

// Tempo, drums, the major mode and repetition raise the score of the built-in study. Features say how fast a
// clip is and how loud its drums; the major thirds of its three tonics, E, A and B, tell the mode; nothing in
// a segment of one second says that it comes again.
TEST(PlantedEffects, come_out_with_their_signs_where_features_see_them) {
  const fs::path directory = own_path();
  data::make_demo_study({directory / "study", 60, 7});
  const Words study = {"run", "study/experiment.yaml",      "--run-dir",
                       "run", "augment.pitch_semitones=[]", "models=[{name: svr}]"};
  ASSERT_EQ(run(program(study, 2), directory).exit_code, 0);

  const ProgramResult explained =
      run(program({"explain", "run", "--model", "svr", "--samples", "800"}, 2), directory);

  ASSERT_EQ(explained.exit_code, 0) << explained.errors;
  const data::CsvFile csv(directory / "run/explain/svr/effects.csv");
  int seen = 0;
  for (std::size_t row = 0; row < csv.rows(); ++row) {
    const std::string& feature = csv.field(row, csv.column("feature"));
    if (!std::set<std::string>{"bpm", "drums_db_mean", "E_mean", "A_mean", "B_mean"}.contains(feature))
      continue;
    ++seen;
    EXPECT_GT(csv.number(row, csv.column("signed_effect_low")), 0.0) << feature;
  }
  EXPECT_EQ(seen, 5);
  fs::remove_all(directory);
}

TEST_F(Report, explain_refuses_models_without_features_or_weights) {
  fs::remove(directory_ / "run/folds/svr/vanilla/seed-none/fold-1/weights.h5");

  const ProgramResult mean = musicmem({"explain", "run", "--model", "mean"});
  const ProgramResult unknown = musicmem({"explain", "run", "--model", "svm"});
  const ProgramResult weightless = musicmem({"explain", "run", "--model", "svr"});
  const ProgramResult too_few = musicmem({"explain", "run", "--model", "mlp", "--samples", "60"}, 2);
  const ProgramResult control =
      musicmem({"explain", "run", "--model", "svr", "--variant", "shuffled", "--samples", "60"});

  EXPECT_EQ(mean.exit_code, 1);
  EXPECT_THAT(mean.errors, HasSubstr("uses neither features nor sound"));
  EXPECT_EQ(unknown.exit_code, 1);
  EXPECT_THAT(unknown.errors, HasSubstr("its models are: mean, random, svr, mlp"));
  EXPECT_EQ(too_few.exit_code, 2);
  EXPECT_THAT(control.errors, HasSubstr("svr shuffled is a control, trained on permuted labels"));
  EXPECT_THAT(too_few.errors, HasSubstr("--samples 60 are too few for 33 features; take at least 66"));
  EXPECT_EQ(weightless.exit_code, 1);
  EXPECT_THAT(weightless.errors, HasSubstr("svr/vanilla/seed-none/fold-1 is damaged or has no weights"));
}

TEST_F(Report, explain_refuses_fits_of_other_settings_than_the_plan_has) {
  const fs::path fit = directory_ / "run/folds/svr/vanilla/seed-none/fold-1";
  const auto old_fit = contents_of(fit);
  ASSERT_EQ(run_study({"models=[{name: svr, C: 2}]", "--replace"}).exit_code, 0);
  ASSERT_NE(text_of(fit / "metrics.json"), old_fit.at("metrics.json"));
  for (const auto& [name, bytes] : old_fit) write_text(fit / name, bytes);

  const ProgramResult stale = musicmem({"explain", "run", "--model", "svr"}, 2);

  EXPECT_EQ(stale.exit_code, 1);
  EXPECT_THAT(stale.errors, HasSubstr("svr/vanilla/seed-none/fold-1 was made of other data or settings"));
  EXPECT_FALSE(fs::exists(directory_ / "run/explain/svr/shap.csv"));
}

TEST_F(Report, explain_refuses_clips_that_are_not_those_of_the_fits_any_more) {
  fs::copy_file(clip(0), clip(1), fs::copy_options::overwrite_existing);
  ASSERT_EQ(musicmem({"prepare", "study/experiment.yaml", "--run-dir", "run"}).exit_code, 0);

  const ProgramResult changed = musicmem({"explain", "run", "--model", "svr"}, 2);

  EXPECT_EQ(changed.exit_code, 1);
  EXPECT_THAT(changed.errors, HasSubstr("have changed since its fits were made"));
}

}  // namespace
}  // namespace musicmem::testing_support
