// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/stages/replaced_fits.h"

#include "config/error.h"
#include "data/files/durable_file.h"
#include "launcher/run/json_file.h"
#include "launcher/study/plan.h"
#include "launcher/study/prepared_features.h"
#include "launcher/study/run_plan.h"
#include "launcher/study/study.h"
#include "tests/own_path.h"

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
using testing::UnorderedElementsAre;

const fs::path fold_0 = "random/vanilla/seed-1/fold-0";
const fs::path fold_1 = "random/vanilla/seed-1/fold-1";

// A study of four labels and the model `random` with one seed and two folds, planned and trained.
class FinishedFits : public testing::Test {
 protected:
  void SetUp() override {
    study_.experiment.name = "mine";
    study_.experiment.data.labels = "labels.csv";
    study_.experiment.data.audio = "clips";
    study_.experiment.cross_validation.folds.number = 2;
    study_.experiment.cross_validation.seeds = {1};
    config::ModelSpec random;
    random.name = random.label = "random";
    study_.experiment.models = {random};
    study_.tracks = {"a.wav", "b.wav", "c.wav", "d.wav"};
    study_.labels = {0.1, 0.4, 0.2, 0.9};
    data::make_directories(run_.path());
    write_run_plan(run_, study_, data_hash(study_, {}), fits(), {});
    for (const FitTask& fit : fits()) write_fit(fit.directory(study_.experiment), fit.hash);
  }
  void TearDown() override { fs::remove_all(run_.path()); }

  std::vector<FitTask> fits() const {
    std::vector<FitTask> fits = list_fits(study_.experiment, study_.tracks.size(), count_folds(study_));
    add_recipes(fits, study_.experiment, study_.sets);
    for (FitTask& fit : fits) fit.hash = "made of " + fit.recipe;
    return fits;
  }
  void write_fit(const fs::path& directory, const std::string& hash) const {
    data::make_directories(run_.folds() / directory);
    write_json(run_.folds() / directory / "metrics.json", {{"hash", hash}});
  }
  std::string would_replace() const {
    const ReplacedFits fits = fits_to_be_replaced(run_, study_);
    return fits.any() ? fits.text() : "";
  }
  std::vector<std::string> set_aside() const {
    std::vector<std::string> found;
    if (!fs::exists(stale_fits(run_))) return found;
    for (const auto& entry : fs::recursive_directory_iterator(stale_fits(run_))) {
      if (entry.path().filename() == "metrics.json")
        found.push_back(entry.path().parent_path().lexically_relative(stale_fits(run_)).generic_string());
    }
    return found;
  }

  Study study_;
  RunDirectory run_{own_path()};
};

TEST_F(FinishedFits, of_the_same_study_are_kept) {
  EXPECT_EQ(would_replace(), "");
  EXPECT_THAT(set_stale_fits_aside(run_, study_.experiment, fits(), /*replaces_others=*/true), IsEmpty());
}

TEST_F(FinishedFits, that_a_setting_changes_are_counted_with_the_setting_and_refused) {
  study_.experiment.cross_validation.folds.number = 4;

  EXPECT_EQ(would_replace(), "would replace 2 of 2 finished fits: cross_validation.folds 2 -> 4");
  EXPECT_THROW(refuse_to_replace(fits_to_be_replaced(run_, study_), run_), Error);
}

TEST_F(FinishedFits, that_another_seed_drops_are_counted) {
  study_.experiment.cross_validation.seeds = {2};

  EXPECT_EQ(would_replace(), "would drop 2 of 2 finished fits: cross_validation.seeds [1] -> [2]");
}

TEST_F(FinishedFits, beside_which_others_are_planned_are_kept) {
  study_.experiment.cross_validation.seeds = {1, 2};

  EXPECT_EQ(would_replace(), "");
}

TEST_F(FinishedFits, of_other_labels_name_their_file) {
  study_.labels[2] = 0.3;

  EXPECT_THAT(would_replace(), HasSubstr("replace 2 of 2 finished fits: labels.csv changed"));
}

TEST_F(FinishedFits, that_are_lost_or_damaged_do_not_count) {
  study_.experiment.cross_validation.folds.number = 4;
  fs::remove_all(run_.folds() / fold_0);
  data::write_file(run_.folds() / fold_1 / "metrics.json", "{\"hash\":");

  EXPECT_EQ(would_replace(), "");
}

TEST_F(FinishedFits, of_a_plan_that_cannot_be_read_are_not_looked_at) {
  study_.experiment.cross_validation.folds.number = 4;
  data::write_file(run_.plan(), "{}");

  EXPECT_EQ(would_replace(), "");
}

TEST_F(FinishedFits, that_are_planned_no_more_are_set_aside_under_their_hash) {
  std::vector<FitTask> left = fits();
  const std::string hash = left[1].hash.substr(0, 8);
  left.pop_back();

  const auto moved = set_stale_fits_aside(run_, study_.experiment, left, /*replaces_others=*/false);

  EXPECT_THAT(moved, ElementsAre(fold_1));
  EXPECT_THAT(set_aside(), ElementsAre(fold_1.string() + "." + hash));
  EXPECT_TRUE(fs::exists(run_.folds() / fold_0));
}

TEST_F(FinishedFits, that_are_others_now_are_set_aside_only_by_leave) {
  std::vector<FitTask> others = fits();
  for (FitTask& fit : others) fit.hash = "another";

  const auto kept = set_stale_fits_aside(run_, study_.experiment, others, /*replaces_others=*/false);
  const auto moved = set_stale_fits_aside(run_, study_.experiment, others, /*replaces_others=*/true);

  EXPECT_THAT(kept, IsEmpty());
  EXPECT_THAT(moved, UnorderedElementsAre(fold_0, fold_1));
  EXPECT_FALSE(fs::exists(run_.folds() / "random")) << "folders that are empty now";
}

TEST_F(FinishedFits, without_a_hash_are_set_aside_where_nothing_is_planned_in_their_place) {
  write_fit("svr/vanilla/seed-none/fold-0", "one that is planned no more");
  data::write_file(run_.folds() / "svr/vanilla/seed-none/fold-0/metrics.json", "");
  data::make_directories(run_.folds() / "svr/vanilla/seed-none/fold-1.tmp.7");  // an attempt

  set_stale_fits_aside(run_, study_.experiment, fits(), /*replaces_others=*/false);

  EXPECT_THAT(set_aside(), ElementsAre("svr/vanilla/seed-none/fold-0.damaged"));
  EXPECT_TRUE(fs::exists(run_.folds() / "svr/vanilla/seed-none/fold-1.tmp.7"));
}

}  // namespace
}  // namespace musicmem::launcher
