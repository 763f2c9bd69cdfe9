// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/report.h"

#include "config/error.h"
#include "data/durable_file.h"
#include "data/hash.h"
#include "launcher/json_file.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace musicmem::launcher {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

// A run of two folds, two tracks each, written by hand.
class Run : public testing::Test {
 protected:
  void SetUp() override {
    path_ = fs::path(testing::TempDir()) /
            (std::string("run-") + testing::UnitTest::GetInstance()->current_test_info()->name() +
             std::to_string(::getpid()));
    plan_ = {{"name", "by <hand>"},
             {"synthetic", false},
             {"ytmm", false},
             {"from_table", true},
             {"protocol", "strict"},
             {"pooling", "mean"},
             {"folds", 2},
             {"uses_ehc", true},
             {"stems_source", "approximate"},
             {"emotion_source", "none"},
             {"warnings", json::array()},
             {"adjusted", json::array()},
             {"fits", json::array()},
             {"tracks",
              {{{"track", "a|b"}, {"label", 0.1}, {"fold", 0}},
               {{"track", "c"}, {"label", 0.4}, {"fold", 0}},
               {{"track", "d"}, {"label", 0.2}, {"fold", 1}},
               {{"track", "e"}, {"label", 0.9}, {"fold", 1}}}}};
  }
  void TearDown() override { fs::remove_all(path_); }

  // Plans a fit of the model `svr` and writes its files.
  void add_fit(int fold, const std::string& seed, const std::string& rows) {
    plan_fit(fold, seed);
    const fs::path directory =
        path_ / "folds/svr/vanilla" / ("seed-" + seed) / ("fold-" + std::to_string(fold));
    data::make_directories(directory);
    const std::string text = "track,fold,seed,label,prediction\n" + rows;
    data::write_file(directory / "predictions.csv", text);
    write_json(directory / "metrics.json",
               {{"hash", "h"}, {"checksums", {{"predictions.csv", data::checksum(text)}}}});
  }
  void plan_fit(int fold, const std::string& seed) {
    plan_["fits"].push_back({{"model", "svr"},
                             {"variant", "vanilla"},
                             {"seed", seed},
                             {"fold", fold},
                             {"hash", "h"},
                             {"directory", "svr/vanilla/seed-" + seed + "/fold-" + std::to_string(fold)}});
  }

  RunResults results() {
    data::make_directories(path_);
    write_json(path_ / "plan.json", plan_);
    return read_run_results(RunDirectory(path_));
  }

  fs::path path_;
  json plan_;
};

TEST_F(Run, statistics_average_seeds_within_a_fold_first) {
  add_fit(0, "1", "a|b,0,1,0.1,0.1\nc,0,1,0.4,0.4\n");  // squared errors 0, 0
  add_fit(1, "1", "d,1,1,0.2,0.4\ne,1,1,0.9,0.7\n");    // 0.04, 0.04
  add_fit(0, "2", "a|b,0,2,0.1,0.5\nc,0,2,0.4,0.0\n");  // 0.16, 0.16
  add_fit(1, "2", "d,1,2,0.2,0.2\ne,1,2,0.9,0.9\n");    // 0, 0

  const SummaryRow row = results().summary.at(0);

  EXPECT_NEAR(*row.mse.mean, (0.08 + 0.02) / 2, 1e-15);
  EXPECT_NEAR(*row.mse.deviation, 0.06 / std::sqrt(2.0), 1e-15);
  EXPECT_EQ(row.fits, 4);
  // seed 1 ranks a, d = tie of e's neighbours: predictions .1 .4 .4 .7 of labels .1 .4 .2 .9; seed 2: .5 .0
  // .2 .9
  EXPECT_NEAR(*row.pooled_spearman, (0.948683298050514 + 0.2) / 2, 1e-12);
}

TEST_F(Run, undefined_correlations_are_counted_and_left_out) {
  add_fit(0, "none", "a|b,0,none,0.1,0.5\nc,0,none,0.4,0.5\n");
  add_fit(1, "none", "d,1,none,0.2,0.1\ne,1,none,0.9,0.3\n");

  const RunResults run = results();

  EXPECT_EQ(run.summary[0].undefined, 1);
  EXPECT_NEAR(*run.summary[0].spearman.mean, 1.0, 1e-12);
  EXPECT_FALSE(run.summary[0].spearman.deviation.has_value());
  EXPECT_THAT(folds_csv(run), HasSubstr("svr,vanilla,none,0,2,,,"));
  EXPECT_THAT(report_markdown(run), HasSubstr("undefined in 1 of 2 fits"));
}

TEST_F(Run, missing_fits_are_named_and_nothing_is_pooled_without_them) {
  add_fit(0, "none", "a|b,0,none,0.1,0.5\nc,0,none,0.4,0.6\n");
  plan_fit(1, "none");

  const RunResults run = results();

  EXPECT_EQ(run.summary[0].fits, 1);
  EXPECT_EQ(run.summary[0].expected_fits, 2);
  EXPECT_FALSE(run.summary[0].pooled_spearman.has_value());
  EXPECT_THAT(report_markdown(run), HasSubstr("- svr/vanilla/seed-none/fold-1"));
}

TEST_F(Run, fits_of_another_hash_do_not_count) {
  add_fit(0, "none", "a|b,0,none,0.1,0.5\nc,0,none,0.4,0.6\n");
  plan_["fits"][0]["hash"] = "other";

  EXPECT_EQ(results().missing.size(), 1);
}

TEST_F(Run, rows_that_do_not_belong_to_the_study_are_refused) {
  for (const char* rows :
       {"x,0,none,0.1,0.5\n", "a|b,1,none,0.1,0.5\n", "a|b,0,none,0.2,0.5\n", "d,0,none,0.2,0.5\n"}) {
    plan_["fits"] = json::array();
    add_fit(0, "none", rows);

    EXPECT_THROW(results(), Error) << rows;
  }
}

TEST_F(Run, names_are_escaped_in_markdown) {
  plan_fit(0, "none");

  EXPECT_THAT(report_markdown(results()), HasSubstr("# by \\<hand\\>"));
}

TEST_F(Run, human_consistency_is_shown_for_the_published_labels_only) {
  plan_fit(0, "none");
  EXPECT_THAT(report_markdown(results()), Not(HasSubstr("0.82")));
  plan_["ytmm"] = true;
  EXPECT_THAT(report_markdown(results()), HasSubstr("0.82"));
}

TEST_F(Run, plan_that_leaves_the_run_directory_is_refused) {
  plan_fit(0, "none");
  plan_["fits"][0]["directory"] = "../../elsewhere";

  EXPECT_THROW(results(), Error);
}

}  // namespace
}  // namespace musicmem::launcher
