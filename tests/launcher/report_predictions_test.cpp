// SPDX-License-Identifier: GPL-3.0-or-later
// What a report counts and measures of the fits of a run.
#include "config/io_error.h"
#include "launcher/results/out_of_fold.h"
#include "tests/launcher/handwritten_run.h"

#include <cmath>

#include <gmock/gmock.h>

namespace musicmem::launcher {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;

using ReportedPredictions = HandwrittenRun;

TEST_F(ReportedPredictions, statistics_average_seeds_within_a_fold_first) {
  add_fit(0, "1", "a|b,0,1,0.1,0.1\nc,0,1,0.4,0.4\n");  // squared errors 0, 0
  add_fit(1, "1", "d,1,1,0.2,0.4\ne,1,1,0.9,0.7\n");    // 0.04, 0.04
  add_fit(0, "2", "a|b,0,2,0.1,0.5\nc,0,2,0.4,0.0\n");  // 0.16, 0.16
  add_fit(1, "2", "d,1,2,0.2,0.2\ne,1,2,0.9,0.9\n");    // 0, 0

  const FitGroup row = results().groups.at(0);

  EXPECT_NEAR(*row.mse.mean, (0.08 + 0.02) / 2, 1e-15);
  EXPECT_NEAR(*row.mse.deviation, 0.06 / std::sqrt(2.0), 1e-15);
  EXPECT_EQ(row.fits.size(), 4);
  // seed 1 ranks a, d = tie of e's neighbours: predictions .1 .4 .4 .7 of labels .1 .4 .2 .9; seed 2: .5 .0
  // .2 .9
  EXPECT_NEAR(*row.pooled_spearman, (0.948683298050514 + 0.2) / 2, 1e-12);
}

TEST_F(ReportedPredictions, undefined_correlations_are_counted_and_left_out) {
  add_fits({0.5, 0.5, 0.1, 0.3});

  const RunResults run = results();

  EXPECT_EQ(run.groups[0].undefined, 1);
  EXPECT_NEAR(*run.groups[0].spearman.mean, 1.0, 1e-12);
  EXPECT_FALSE(run.groups[0].spearman.deviation.has_value());
  EXPECT_THAT(folds_csv(run), HasSubstr("svr,vanilla,none,0,2,,,"));
  EXPECT_THAT(markdown(), HasSubstr("undefined in 1 of 2 fits"));
}

TEST_F(ReportedPredictions, missing_fits_are_named_and_nothing_is_pooled_without_them) {
  add_fit(0, "none", "a|b,0,none,0.1,0.5\nc,0,none,0.4,0.6\n");
  plan_fit(1, "none");

  const RunResults run = results();

  EXPECT_EQ(run.groups[0].fits.size(), 1);
  EXPECT_EQ(run.groups[0].expected_fits, 2);
  EXPECT_FALSE(run.groups[0].pooled_spearman.has_value());
  EXPECT_THAT(markdown(), HasSubstr("- svr/vanilla/seed-none/fold-1"));
}

TEST_F(ReportedPredictions, fits_of_another_hash_do_not_count) {
  add_fit(0, "none", "a|b,0,none,0.1,0.5\nc,0,none,0.4,0.6\n");
  plan_["fits"][0]["hash"] = "other";

  EXPECT_EQ(results().missing.size(), 1);
}

TEST_F(ReportedPredictions, rows_that_do_not_belong_to_the_study_do_not_count) {
  for (const char* rows :
       {"x,0,none,0.1,0.5\n", "a|b,1,none,0.1,0.5\n", "a|b,0,none,0.2,0.5\n", "d,0,none,0.2,0.5\n"}) {
    plan_["fits"] = json::array();
    add_fit(0, "none", rows);
    add_fit(1, "none", "d,1,none,0.2,0.1\ne,1,none,0.9,0.3\n");

    const RunResults run = results();

    ASSERT_EQ(run.missing.size(), 1) << rows;
    EXPECT_THAT(run.missing[0].reason, HasSubstr("damaged: predictions.csv: ")) << rows;
    EXPECT_EQ(run.groups[0].fits.size(), 1) << rows;
  }
}

TEST_F(ReportedPredictions, a_fit_that_cannot_be_read_ends_the_report_and_is_not_left_out) {
  add_fit(0, "none", "a|b,0,none,0.1,0.5\nc,0,none,0.4,0.6\n");
  const fs::path predictions = path_ / "folds/svr/vanilla/seed-none/fold-0/predictions.csv";
  fs::remove(predictions);
  fs::create_symlink("/proc/self/mem", predictions);  // reading it gives EIO

  EXPECT_THROW(results(), IoError);
}

TEST_F(ReportedPredictions, damaged_metrics_cost_their_fit_alone_and_are_named) {
  const std::string whole = R"({"hash": "h", "checksums": {"predictions.csv": "CHECKSUM"})";
  const std::vector<std::pair<std::string, std::string>> damages = {
      {"{", "metrics.json: "},
      {"[1, 2]", "metrics.json: "},
      {R"({"hash": "h"})", "metrics.json: "},
      {R"({"hash": "h", "checksums": {}})", "metrics.json: "},
      {whole + R"(, "curve": [{"epoch": 1}]})", "metrics.json: "},
      {whole + R"(, "curve": [{"epoch": 1, "train_loss": "low", "validation_mse": 1}]})", "metrics.json: "},
      {whole + R"(, "validation": 3})", "metrics.json: "}};
  for (const auto& [content, problem] : damages) {
    plan_["fits"] = json::array();
    add_fits({0.5, 0.6, 0.1, 0.3});
    const fs::path fit = path_ / "folds/svr/vanilla/seed-none/fold-0";
    std::string text = content;
    if (const auto at = text.find("CHECKSUM"); at != std::string::npos) {
      text.replace(at, 8, data::checksum(data::read_file(fit / "predictions.csv")));
    }
    data::write_file(fit / "metrics.json", text);

    const RunResults run = results();

    ASSERT_EQ(run.missing.size(), 1) << text;
    EXPECT_TRUE(run.missing[0].is_damaged);
    EXPECT_THAT(run.missing[0].reason, HasSubstr(problem)) << text;
    EXPECT_EQ(run.groups[0].fits.size(), 1) << text;
  }
}

TEST_F(ReportedPredictions, epochs_without_a_finite_loss_do_not_damage_their_fit) {
  add_fits({0.5, 0.6, 0.1, 0.3});
  const fs::path file = path_ / "folds/svr/vanilla/seed-none/fold-0/metrics.json";
  json content = json::parse(data::read_file(file));
  content["curve"] = {{{"epoch", 1}, {"train_loss", 0.1}, {"validation_mse", 0.2}},
                      {{"epoch", 2}, {"train_loss", nullptr}, {"validation_mse", nullptr}}};
  write_json(file, content);

  const RunResults run = results();

  EXPECT_THAT(run.missing, testing::IsEmpty());
  ASSERT_EQ(run.groups[0].fits[0].record.curve.size(), 2);
  EXPECT_TRUE(std::isnan(run.groups[0].fits[0].record.curve[1].train_loss));
  write_report(*report(), path_ / "report");
  EXPECT_TRUE(fs::exists(path_ / "report/index.html"));
}

TEST_F(ReportedPredictions, rows_may_stand_in_any_order) {
  add_fits({0.5, 0.6, 0.1, 0.3});
  const std::string first = summary_csv(results());
  fs::remove_all(path_);
  plan_["fits"] = json::array();
  add_fit(0, "none", "c,0,none,0.4,0.6\na|b,0,none,0.1,0.5\n");
  add_fit(1, "none", "e,1,none,0.9,0.3\nd,1,none,0.2,0.1\n");

  EXPECT_EQ(summary_csv(results()), first);
}

TEST_F(ReportedPredictions, predictions_edited_by_hand_do_not_count_and_the_report_says_what_is_wrong) {
  const std::string head = "track,fold,seed,label,prediction\n";
  const std::vector<std::pair<std::string, std::string>> edits = {
      {"track,fold,seed,label\na|b,0,none,0.1\n", "has no column 'prediction'"},
      {head + "a|b,0,none,0.1,nan\n", "is not a finite number"},
      {head + "a|b,0,none,0.1,0.5\na|b,0,none,0.1,0.5\n", "is given twice"},
      {head + "d,1,none,0.2,0.5\n", "belongs to another fold or seed"},
      {head + "a|b,0,none,0.1,0.9\nc,0,none,0.4,0.6\n", "was changed after the fit was made"}};
  for (const auto& [text, problem] : edits) {
    plan_["fits"] = json::array();
    add_fit(0, "none", "a|b,0,none,0.1,0.5\nc,0,none,0.4,0.6\n");
    data::write_file(path_ / "folds/svr/vanilla/seed-none/fold-0/predictions.csv", text);

    const RunResults run = results();

    ASSERT_EQ(run.missing.size(), 1) << text;
    EXPECT_THAT(run.missing[0].reason, HasSubstr(problem)) << text;
  }
}

TEST_F(ReportedPredictions, two_tracks_in_one_fold_give_a_report) {
  plan_["folds"] = 1;
  plan_["tracks"].erase(3);
  plan_["tracks"].erase(2);
  add_fit(0, "none", "a|b,0,none,0.1,0.5\nc,0,none,0.4,0.6\n");

  const RunResults run = results();

  EXPECT_DOUBLE_EQ(*run.groups[0].spearman.mean, 1.0);
  EXPECT_FALSE(run.groups[0].spearman.deviation.has_value());
  EXPECT_THAT(markdown(), HasSubstr("1.000 ± \u2013"));
}

TEST_F(ReportedPredictions, predictions_of_all_fits_are_one_table) {
  add_fits({0.1, 1.0 / 3.0, 0.30000000000000004, -1e-300});
  add_fit(0, "7", "a|b,0,7,0.1,0.5\n", "mlp", "lds");
  plan_fit(1, "7", "mlp", "lds");

  write_report(*report(true), path_ / "report");

  EXPECT_EQ(data::read_file(path_ / "report/predictions.csv"),
            "model,variant,seed,fold,track,group,label,prediction\n"
            "svr,vanilla,none,0,a|b,,0.1,0.1\n"
            "svr,vanilla,none,0,c,,0.4,0.3333333333333333\n"
            "svr,vanilla,none,1,d,,0.2,0.30000000000000004\n"
            "svr,vanilla,none,1,e,,0.9,-1e-300\n"
            "mlp,lds,7,0,a|b,,0.1,0.5\n");
}

TEST_F(ReportedPredictions, predictions_that_change_under_the_report_stop_it) {
  add_fits({0.1, 0.2, 0.3, 0.4});
  const auto made = report();
  data::write_file(path_ / "folds/svr/vanilla/seed-none/fold-1/predictions.csv",
                   "track,fold,seed,label,prediction\nd,1,none,0.2,0.7\ne,1,none,0.9,0.4\n");

  EXPECT_THROW(write_predictions(made->results, path_ / "table.csv"), Error);
  EXPECT_FALSE(fs::exists(path_ / "table.csv"));
}

// scipy.stats.kendalltau and sklearn.metrics.r2_score say 1 and 1 - 0.05 / 0.045, and -1 and 1 - 0.1 / 0.245.
TEST_F(ReportedPredictions, kendalls_tau_r2_and_rmse_are_measured_of_every_fold) {
  add_fits({0.2, 0.6, 0.5, 0.8});

  const RunResults run = results();

  EXPECT_DOUBLE_EQ(*run.groups[0].kendall.mean, 1.0);
  EXPECT_NEAR(*run.groups[0].r2.mean, (1.0 - 0.05 / 0.045 + 1.0 - 0.1 / 0.245) / 2.0, 1e-12);
  EXPECT_NEAR(*run.groups[0].rmse.mean, (std::sqrt(0.025) + std::sqrt(0.05)) / 2.0, 1e-15);
  EXPECT_THAT(folds_csv(run), HasSubstr("mae,r2,rmse,kendall,"));
  EXPECT_THAT(summary_csv(run), HasSubstr("undefined,r2_mean,r2_std,rmse_mean,rmse_std,kendall_mean,"));
}

TEST_F(ReportedPredictions, r2_of_equal_labels_is_left_out_and_counted) {
  plan_["tracks"][0]["label"] = 0.4;
  add_fit(0, "none", "a|b,0,none,0.4,0.5\nc,0,none,0.4,0.6\n");
  add_fit(1, "none", "d,1,none,0.2,0.2\ne,1,none,0.9,0.9\n");

  const RunResults run = results();

  EXPECT_EQ(run.groups[0].undefined_r2, 1);
  EXPECT_DOUBLE_EQ(*run.groups[0].r2.mean, 1.0);
  EXPECT_THAT(markdown(), HasSubstr("R² is undefined in 1 of 2 fits"));
}

TEST_F(ReportedPredictions, out_of_fold_scores_average_seeds_and_their_residuals_do_not) {
  add_fit(0, "1", "a|b,0,1,0.1,0.1\nc,0,1,0.4,0.6\n");
  add_fit(0, "2", "a|b,0,2,0.1,0.3\nc,0,2,0.4,0.5\n");
  plan_fit(1, "1");
  results();
  const RunDirectory run(path_);

  const OutOfFold known = read_out_of_fold(run, read_run_plan(run).fits);

  EXPECT_DOUBLE_EQ(known.scores.at("a|b"), 0.2);
  EXPECT_DOUBLE_EQ(known.scores.at("c"), 0.55);
  EXPECT_FALSE(known.scores.contains("d"));
  // numpy.quantile([-0.2, -0.2, -0.1, 0], [0.025, 0.975]) is -0.2 and -0.0075
  EXPECT_NEAR(known.interval_around(0.5)->low, 0.3, 1e-15);
  EXPECT_NEAR(known.interval_around(0.5)->high, 0.4925, 1e-15);
}

TEST_F(ReportedPredictions, tracks_that_share_a_file_are_all_named_with_their_scores) {
  plan_["tracks"][0]["audio"] = plan_["tracks"][2]["audio"] = plan_["tracks"][3]["audio"] = "same";
  plan_["tracks"][1]["audio"] = "other";
  add_fit(0, "none", "c,0,none,0.4,0.6\n");
  add_fit(1, "none", "d,1,none,0.2,0.25\ne,1,none,0.9,0.3\n");
  const RunResults run = results();
  const KnownClips known(run.plan, read_out_of_fold(RunDirectory(path_), run.plan.fits));

  const std::vector<KnownTrack> by_name = known.find("same", "somewhere/e");
  const std::vector<KnownTrack> renamed = known.find("same", "new.wav");

  ASSERT_EQ(by_name.size(), 3);
  EXPECT_EQ(by_name.front().name, "e");
  EXPECT_EQ(by_name.front().score, 0.3);
  EXPECT_EQ(renamed.front().score, 0.25) << "the first that was tested";
  EXPECT_EQ(known_clip_text(renamed),
            "the study's clips 'd' (out-of-fold score 0.250), 'e' (out-of-fold score 0.300), 'a|b' (never "
            "tested), one file under several names: out_of_fold is that of 'd', by models that may have been "
            "trained on another of them");
  EXPECT_EQ(known_clip_text(known.find("other", "c")),
            "the study's clip 'c' (out-of-fold score 0.600), some of these models were trained on it");
  EXPECT_TRUE(known.find("unknown", "c").empty());
  EXPECT_EQ(known.named("c")->score, 0.6);
  EXPECT_FALSE(known.named("unknown").has_value());
}

TEST_F(ReportedPredictions, plan_that_leaves_the_run_directory_is_refused) {
  plan_fit(0, "none");
  plan_["fits"][0]["directory"] = "../../elsewhere";

  EXPECT_THROW(results(), Error);
}

}  // namespace
}  // namespace musicmem::launcher
