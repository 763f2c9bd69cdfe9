// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/report.h"

#include "config/io_error.h"
#include "data/csv.h"
#include "data/durable_file.h"
#include "data/hash.h"
#include "launcher/chosen_variant.h"
#include "launcher/json_file.h"
#include "launcher/markup.h"
#include "launcher/out_of_fold.h"
#include "launcher/study.h"
#include "tests/own_path.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

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
    path_ = own_path();
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

  // Plans a fit of the model `svr` and writes its files; `validation`: its correlation there.
  void add_fit(int fold, const std::string& seed, const std::string& rows, const std::string& model = "svr",
               const std::string& variant = "vanilla", std::optional<double> validation = std::nullopt) {
    plan_fit(fold, seed, model, variant);
    const fs::path directory = path_ / "folds" / plan_["fits"].back().at("directory").get<std::string>();
    data::make_directories(directory);
    const std::string text = "track,fold,seed,label,prediction\n" + rows;
    data::write_file(directory / "predictions.csv", text);
    json content = {{"hash", "h"}, {"checksums", {{"predictions.csv", data::checksum(text)}}}};
    if (validation) {
      content["validation"] = {{"spearman", *validation}, {"pearson", nullptr}, {"mse", 0.1}, {"mae", 0.1}};
    }
    write_json(directory / "metrics.json", content);
  }
  void plan_fit(int fold, const std::string& seed, const std::string& model = "svr",
                const std::string& variant = "vanilla") {
    plan_["fits"].push_back(
        {{"model", model},
         {"variant", variant},
         {"seed", seed},
         {"fold", fold},
         {"hash", "h"},
         {"directory", model + "/" + variant + "/seed-" + seed + "/fold-" + std::to_string(fold)}});
  }
  // Two fits that predict these of the tracks a|b, c, d and e.
  void add_fits(const std::array<double, 4>& predictions, const std::string& model = "svr",
                const std::string& variant = "vanilla", std::optional<double> validation = std::nullopt) {
    const auto row = [&](const std::string& track, std::size_t t) {
      return track + data::format_number(predictions.at(t)) + "\n";
    };
    add_fit(0, "none", row("a|b,0,none,0.1,", 0) + row("c,0,none,0.4,", 1), model, variant, validation);
    add_fit(1, "none", row("d,1,none,0.2,", 2) + row("e,1,none,0.9,", 3), model, variant, validation);
  }
  static std::vector<std::string> compared(const Report& report, Family family) {
    std::vector<std::string> pairs;
    for (const Comparison& c : report.comparisons.rows) {
      if (c.family == family && c.metric == "spearman") pairs.push_back(c.a->name() + " > " + c.name_of_b());
    }
    return pairs;
  }

  RunResults results() {
    data::make_directories(path_);
    write_json(path_ / "plan.json", plan_);
    return read_run_results(RunDirectory(path_));
  }

  std::unique_ptr<Report> report(bool allow_partial = false) {
    return make_report(results(), {}, allow_partial);
  }
  std::string markdown() { return report_markdown(*report(), {}); }

  fs::path path_;
  json plan_;
};

TEST_F(Run, statistics_average_seeds_within_a_fold_first) {
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

TEST_F(Run, undefined_correlations_are_counted_and_left_out) {
  add_fit(0, "none", "a|b,0,none,0.1,0.5\nc,0,none,0.4,0.5\n");
  add_fit(1, "none", "d,1,none,0.2,0.1\ne,1,none,0.9,0.3\n");

  const RunResults run = results();

  EXPECT_EQ(run.groups[0].undefined, 1);
  EXPECT_NEAR(*run.groups[0].spearman.mean, 1.0, 1e-12);
  EXPECT_FALSE(run.groups[0].spearman.deviation.has_value());
  EXPECT_THAT(folds_csv(run), HasSubstr("svr,vanilla,none,0,2,,,"));
  EXPECT_THAT(markdown(), HasSubstr("undefined in 1 of 2 fits"));
}

TEST_F(Run, missing_fits_are_named_and_nothing_is_pooled_without_them) {
  add_fit(0, "none", "a|b,0,none,0.1,0.5\nc,0,none,0.4,0.6\n");
  plan_fit(1, "none");

  const RunResults run = results();

  EXPECT_EQ(run.groups[0].fits.size(), 1);
  EXPECT_EQ(run.groups[0].expected_fits, 2);
  EXPECT_FALSE(run.groups[0].pooled_spearman.has_value());
  EXPECT_THAT(markdown(), HasSubstr("- svr/vanilla/seed-none/fold-1"));
}

TEST_F(Run, fits_of_another_hash_do_not_count) {
  add_fit(0, "none", "a|b,0,none,0.1,0.5\nc,0,none,0.4,0.6\n");
  plan_["fits"][0]["hash"] = "other";

  EXPECT_EQ(results().missing.size(), 1);
}

TEST_F(Run, rows_that_do_not_belong_to_the_study_do_not_count) {
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

TEST_F(Run, a_fit_that_cannot_be_read_ends_the_report_and_is_not_left_out) {
  add_fit(0, "none", "a|b,0,none,0.1,0.5\nc,0,none,0.4,0.6\n");
  const fs::path predictions = path_ / "folds/svr/vanilla/seed-none/fold-0/predictions.csv";
  fs::remove(predictions);
  fs::create_symlink("/proc/self/mem", predictions);  // reading it gives EIO

  EXPECT_THROW(results(), IoError);
}

TEST_F(Run, damaged_metrics_cost_their_fit_alone_and_are_named) {
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
    add_fit(0, "none", "a|b,0,none,0.1,0.5\nc,0,none,0.4,0.6\n");
    add_fit(1, "none", "d,1,none,0.2,0.1\ne,1,none,0.9,0.3\n");
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

TEST_F(Run, epochs_without_a_finite_loss_do_not_damage_their_fit) {
  add_fit(0, "none", "a|b,0,none,0.1,0.5\nc,0,none,0.4,0.6\n");
  add_fit(1, "none", "d,1,none,0.2,0.1\ne,1,none,0.9,0.3\n");
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

TEST_F(Run, rows_may_stand_in_any_order) {
  add_fit(0, "none", "a|b,0,none,0.1,0.5\nc,0,none,0.4,0.6\n");
  add_fit(1, "none", "d,1,none,0.2,0.1\ne,1,none,0.9,0.3\n");
  const std::string first = summary_csv(results());
  fs::remove_all(path_);
  plan_["fits"] = json::array();
  add_fit(0, "none", "c,0,none,0.4,0.6\na|b,0,none,0.1,0.5\n");
  add_fit(1, "none", "e,1,none,0.9,0.3\nd,1,none,0.2,0.1\n");

  EXPECT_EQ(summary_csv(results()), first);
}

TEST_F(Run, predictions_edited_by_hand_do_not_count_and_the_report_says_what_is_wrong) {
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

TEST_F(Run, tests_are_refused_for_incomplete_grids_unless_asked_for) {
  for (const char* model : {"svr", "mlp"}) {
    add_fit(0, "none", "a|b,0,none,0.1,0.5\nc,0,none,0.4,0.6\n", model);
    add_fit(1, "none", "d,1,none,0.2,0.1\ne,1,none,0.9,0.3\n", model);
  }
  plan_fit(0, "7", "mlp");

  EXPECT_TRUE(report()->comparisons.rows.empty());
  EXPECT_THAT(markdown(), HasSubstr("4 of 5 fits"));
  EXPECT_FALSE(report(true)->comparisons.rows.empty());
}

TEST_F(Run, comparisons_pair_folds_and_follow_nadeau_and_bengio) {
  add_fit(0, "none", "a|b,0,none,0.1,0.3\nc,0,none,0.4,0.4\n", "svr");  // mean absolute error 0.1
  add_fit(1, "none", "d,1,none,0.2,0.2\ne,1,none,0.9,0.5\n", "svr");    // 0.2
  add_fit(0, "none", "a|b,0,none,0.1,0.1\nc,0,none,0.4,0.4\n", "mlp");  // 0
  add_fit(1, "none", "d,1,none,0.2,0.2\ne,1,none,0.9,0.9\n", "mlp");    // 0

  const auto made = report();
  const auto row = std::find_if(made->comparisons.rows.begin(), made->comparisons.rows.end(),
                                [](const Comparison& c) { return c.metric == "mae"; });

  ASSERT_NE(row, made->comparisons.rows.end());
  EXPECT_EQ(row->a->model, "mlp");
  EXPECT_NEAR(*row->difference, -0.15, 1e-15);
  // s^2 = 0.005 and (1/2 + 2/2) s^2 = 0.0075
  EXPECT_NEAR(row->test->t, -0.15 / std::sqrt(0.0075), 1e-12);
  EXPECT_EQ(row->test->degrees_of_freedom, 1);
  EXPECT_EQ(row->p_holm, row->test->p);
}

TEST_F(Run, two_tracks_in_one_fold_give_a_report) {
  plan_["folds"] = 1;
  plan_["tracks"].erase(3);
  plan_["tracks"].erase(2);
  add_fit(0, "none", "a|b,0,none,0.1,0.5\nc,0,none,0.4,0.6\n");

  const RunResults run = results();

  EXPECT_DOUBLE_EQ(*run.groups[0].spearman.mean, 1.0);
  EXPECT_FALSE(run.groups[0].spearman.deviation.has_value());
  EXPECT_THAT(markdown(), HasSubstr("1.000 ± -"));
}

TEST_F(Run, names_are_escaped_in_every_form) {
  plan_["name"] = "a<b> & \"c\" 100%_ü";
  plan_fit(0, "none");

  const auto made = report();

  EXPECT_THAT(report_html(*made, {}, {}), HasSubstr("<h1>a&lt;b&gt; &amp; &quot;c&quot; 100%_ü</h1>"));
  EXPECT_THAT(latex_escaped("[x] `--` ''q'' ,,y,, * П"),
              "{[}x] \\textasciigrave{}-{\\kern0pt}-\\textasciigrave{} "
              "\\textquotesingle{}\\textquotesingle{}q\\textquotesingle{}\\textquotesingle{} "
              ",{\\kern0pt},y,{\\kern0pt}, {*} \\musicmemletter{П}{041F}");
  EXPECT_THAT(latex_escaped("\xD0-\xFF\xED\xA0\x80"), "{[}byte]-{[}byte]{[}byte]{[}byte]{[}byte]");
  EXPECT_THAT(report_latex(*made),
              HasSubstr("a\\textless{}b\\textgreater{} \\& \\textquotedbl{}c\\textquotedbl{} 100\\%\\_ü"));
  EXPECT_EQ(json::parse(summary_json(*made, {})).at("name"), plan_["name"]);
}

TEST_F(Run, report_removes_the_pictures_of_an_earlier_one_and_no_others) {
  add_fit(0, "none", "a|b,0,none,0.1,0.5\nc,0,none,0.4,0.6\n");
  add_fit(1, "none", "d,1,none,0.2,0.1\ne,1,none,0.9,0.3\n");
  const fs::path directory = path_ / "paper";
  for (const char* name : {"mine.png", "listed.svg", "listed.txt"}) {
    data::make_directories(directory / "figures");
    data::write_file(directory / "figures" / name, "picture");
  }
  data::write_file(directory / "outside.svg", "picture");
  write_json(directory / "summary.json",
             {{"figures", {"listed.svg", "listed.txt", "../outside.svg", "gone.svg"}}});

  write_report(*report(), directory);

  EXPECT_FALSE(fs::exists(directory / "figures/listed.svg"));
  EXPECT_TRUE(fs::exists(directory / "figures/listed.txt"));
  EXPECT_TRUE(fs::exists(directory / "figures/mine.png"));
  EXPECT_TRUE(fs::exists(directory / "outside.svg"));
  for (const json& name : read_json(directory / "summary.json").at("figures")) {
    EXPECT_TRUE(fs::exists(directory / "figures" / name)) << name;
  }
}

TEST_F(Run, runs_of_other_labels_are_not_paired_and_the_difference_is_named) {
  add_fit(0, "none", "a|b,0,none,0.1,0.5\nc,0,none,0.4,0.6\n");
  RunResults first = results();
  RunResults second = results();
  second.plan.tracks[1].label = 0.5;

  try {
    merge_runs({first, second}, {"one", "two"});
    FAIL() << "they were paired";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("track 2 ('c') has the label 0.4 against 0.5"));
  }
  EXPECT_EQ(merge_runs({first, first}, {"one", "two"}).groups.at(1).model, "two/svr");
}

TEST_F(Run, names_are_escaped_in_markdown) {
  plan_fit(0, "none");

  EXPECT_THAT(markdown(), HasSubstr("# by \\<hand\\>"));
}

TEST_F(Run, human_consistency_is_shown_for_the_published_labels_only) {
  plan_fit(0, "none");
  EXPECT_THAT(markdown(), Not(HasSubstr("0.82")));
  plan_["ytmm"] = true;
  EXPECT_THAT(markdown(), HasSubstr("0.82"));
}

TEST(Ytmm, is_known_by_its_names_or_because_the_experiment_says_so) {
  config::Experiment experiment;
  const std::vector<std::string> published(235, "normalize_5s_intro_0123456789a.wav");
  const std::vector<std::string> table(235, "0123456789a");

  EXPECT_TRUE(is_ytmm(experiment, published));
  EXPECT_FALSE(is_ytmm(experiment, {published.begin(), published.end() - 1}));
  EXPECT_FALSE(is_ytmm(experiment, table));
  experiment.data.ytmm = true;
  EXPECT_TRUE(is_ytmm(experiment, table));
  experiment.data.synthetic = true;
  EXPECT_FALSE(is_ytmm(experiment, table));
}

TEST_F(Run, predictions_of_all_fits_are_one_table) {
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

TEST_F(Run, predictions_that_change_under_the_report_stop_it) {
  add_fits({0.1, 0.2, 0.3, 0.4});
  const auto made = report();
  data::write_file(path_ / "folds/svr/vanilla/seed-none/fold-1/predictions.csv",
                   "track,fold,seed,label,prediction\nd,1,none,0.2,0.7\ne,1,none,0.9,0.4\n");

  EXPECT_THROW(write_predictions(made->results, path_ / "table.csv"), Error);
  EXPECT_FALSE(fs::exists(path_ / "table.csv"));
}

// scipy.stats.kendalltau and sklearn.metrics.r2_score say 1 and 1 - 0.05 / 0.045, and -1 and 1 - 0.1 / 0.245.
TEST_F(Run, kendalls_tau_r2_and_rmse_are_measured_of_every_fold) {
  add_fits({0.2, 0.6, 0.5, 0.8});

  const RunResults run = results();

  EXPECT_DOUBLE_EQ(*run.groups[0].kendall.mean, 1.0);
  EXPECT_NEAR(*run.groups[0].r2.mean, (1.0 - 0.05 / 0.045 + 1.0 - 0.1 / 0.245) / 2.0, 1e-12);
  EXPECT_NEAR(*run.groups[0].rmse.mean, (std::sqrt(0.025) + std::sqrt(0.05)) / 2.0, 1e-15);
  EXPECT_THAT(folds_csv(run), HasSubstr("mae,r2,rmse,kendall\n"));
  EXPECT_THAT(summary_csv(run), HasSubstr("undefined,r2_mean,r2_std,rmse_mean,rmse_std,kendall_mean,"));
}

TEST_F(Run, r2_of_equal_labels_is_left_out_and_counted) {
  plan_["tracks"][0]["label"] = 0.4;
  add_fit(0, "none", "a|b,0,none,0.4,0.5\nc,0,none,0.4,0.6\n");
  add_fit(1, "none", "d,1,none,0.2,0.2\ne,1,none,0.9,0.9\n");

  const RunResults run = results();

  EXPECT_EQ(run.groups[0].undefined_r2, 1);
  EXPECT_DOUBLE_EQ(*run.groups[0].r2.mean, 1.0);
  EXPECT_THAT(markdown(), HasSubstr("R² is undefined in 1 of 2 fits"));
}

TEST_F(Run, every_variant_stands_against_chance_and_those_without_a_test_last) {
  add_fits({0.3, 0.3, 0.4, 0.4}, "mean");
  add_fits({0.1, 0.2, 0.6, 0.4}, "mlp");
  add_fits({0.1, 0.2, 0.4, 0.6}, "mlp", "lds");
  add_fits({0.2, 0.1, 0.4, 0.6}, "mlp", "shuffled");

  const auto made = report();

  // Correlations of 1 and -1, of 1 and 1, and none.
  EXPECT_THAT(compared(*made, Family::chance),
              testing::ElementsAre("mlp vanilla > chance", "mlp lds > chance", "mean vanilla > chance"));
  const auto row = std::find_if(made->comparisons.rows.begin(), made->comparisons.rows.end(),
                                [](const Comparison& c) { return c.family == Family::chance; });
  EXPECT_EQ(row->difference, 0.0);
  EXPECT_DOUBLE_EQ(row->test->p, 1.0);
  EXPECT_EQ(row->pooled_difference, made->results.groups[1].pooled_spearman);
  EXPECT_THAT(comparisons_csv(made->comparisons), HasSubstr("chance,spearman,mlp,vanilla,chance,,2,0,"));
}

TEST_F(Run, best_variant_by_validation_stands_for_its_model_and_the_report_says_so) {
  add_fits({0.1, 0.2, 0.6, 0.4}, "mlp", "vanilla", 0.2);
  add_fits({0.1, 0.2, 0.4, 0.6}, "mlp", "lds", 0.3);
  add_fits({0.2, 0.1, 0.4, 0.6}, "svr");
  add_fits({0.3, 0.1, 0.4, 0.6}, "svr", "augmented");

  const auto made = report();

  EXPECT_THAT(compared(*made, Family::models), testing::ElementsAre("svr vanilla > mlp lds"));
  for (const std::string& form : {report_markdown(*made, {}), report_html(*made, {}, {})}) {
    EXPECT_THAT(form, HasSubstr("mlp lds: represented by its best variant by validation"));
    EXPECT_THAT(form,
                HasSubstr("svr vanilla: represented by its first variant, as it has no validation set"));
  }
  std::string choice;
  EXPECT_EQ(choose_variant(RunDirectory(path_), made->results.plan, "mlp", choice), "lds");
  EXPECT_EQ(choice, "mlp lds: represented by its best variant by validation");
}

TEST_F(Run, runs_are_compared_model_by_model_and_their_settings_named) {
  add_fits({0.1, 0.2, 0.6, 0.4});
  add_fits({0.1, 0.3, 0.2, 0.4}, "mlp");
  RunResults first = results();
  fs::remove_all(path_);
  plan_["fits"] = json::array();
  add_fits({0.1, 0.2, 0.4, 0.6});
  add_fits({0.1, 0.3, 0.2, 0.4}, "mlp");
  RunResults second = results();
  first.provenance[0].second.configuration = "models:\n  - {label: svr, C: 1}\n";
  second.provenance[0].second.configuration = "models:\n  - {label: svr, C: 10}\n";

  const auto made = make_report(merge_runs({first, second}, {"one", "two"}), {}, false);

  EXPECT_THAT(compared(*made, Family::runs), testing::ElementsAre("two/svr vanilla > one/svr vanilla"));
  EXPECT_THAT(compared(*made, Family::models),
              testing::UnorderedElementsAre(
                  "one/mlp vanilla > one/svr vanilla", "two/svr vanilla > one/mlp vanilla",
                  "two/mlp vanilla > one/svr vanilla", "two/mlp vanilla > two/svr vanilla"));
  ASSERT_EQ(made->comparisons.identical.size(), 1);
  for (const std::string& form :
       {report_markdown(*made, {}), report_html(*made, {}, {}), report_latex(*made)}) {
    EXPECT_THAT(form, HasSubstr("two/mlp vanilla and one/mlp vanilla predict the same for every track"));
    EXPECT_THAT(form, HasSubstr("models.svr.C 1 "));
  }
  const json summary = json::parse(summary_json(*made, {}));
  EXPECT_EQ(summary.at("identical").at(0).at("a").at("model"), "two/mlp");
  EXPECT_EQ(summary.at("differences").at(0).at("settings").at("models.svr.C").at("b"), "10");
}

TEST_F(Run, difference_of_pooled_correlations_is_resampled_with_the_same_tracks) {
  add_fits({0.1, 0.2, 0.6, 0.4});
  add_fits({0.3, 0.2, 0.1, 0.4}, "mlp");

  const auto made = report();

  const FitGroup& svr = made->results.groups[0];
  const FitGroup& mlp = made->results.groups[1];
  const std::vector<double> labels = {0.1, 0.4, 0.2, 0.9};
  const auto expected = models::percentile_interval(
      models::difference(models::resampled_spearman(labels, {{0.3, 0.2, 0.1, 0.4}}),
                         models::resampled_spearman(labels, {{0.1, 0.2, 0.6, 0.4}})));
  const Comparison& row = made->comparisons.rows.front();
  ASSERT_EQ(row.a, &mlp);
  EXPECT_NEAR(*row.pooled_difference, *mlp.pooled_spearman - *svr.pooled_spearman, 1e-15);
  EXPECT_EQ(row.pooled_interval.interval->low, expected.interval->low);
  EXPECT_EQ(row.pooled_interval.interval->high, expected.interval->high);
  EXPECT_GT(row.pooled_interval.undefined, 0);  // one track drawn four times
  EXPECT_EQ(row.pooled_interval.undefined, expected.undefined);
  EXPECT_THAT(report_markdown(*made, {}),
              testing::AllOf(HasSubstr("svr vanilla: the pooled correlation is undefined in "),
                             HasSubstr("of 10,000 resamples, which are left out of its interval"),
                             HasSubstr("mlp vanilla against svr vanilla: pooled a - b is undefined in ")));
}

TEST_F(Run, interval_that_leaves_out_its_estimate_is_said_to) {
  add_fits({0.1, 0.2, 0.6, 0.4});
  RunResults run = results();
  EXPECT_THAT(report_markdown(*make_report(run, {}, false), {}), Not(HasSubstr("outside its bootstrap")));
  run.groups[0].pooled_interval = {*run.groups[0].pooled_spearman + 0.1, 1.0};

  EXPECT_THAT(report_markdown(*make_report(run, {}, false), {}),
              HasSubstr("svr vanilla: the pooled correlation lies outside its bootstrap interval"));
}

TEST_F(Run, transformers_without_pre_trained_weights_are_marked_in_every_form) {
  add_fits({0.1, 0.2, 0.6, 0.4}, "ssast");
  add_fits({0.1, 0.2, 0.4, 0.6}, "tuned");
  data::make_directories(path_);
  data::write_file(path_ / "plan.yaml",
                   "name: mine\ndata: {labels: labels.csv, audio: clips}\n"
                   "models:\n  - {name: ssast, size: tiny}\n"
                   "  - {name: ssast, label: tuned, size: tiny, pretrained: weights.pth}\n");

  const auto made = report();

  for (const std::string& form : {report_markdown(*made, {}), report_html(*made, {}, {}), report_latex(*made),
                                  summary_table(made->results)}) {
    EXPECT_THAT(form, HasSubstr("ssast (random weights)"));
    EXPECT_THAT(form, Not(HasSubstr("tuned (random weights)")));
    EXPECT_THAT(form, HasSubstr("ssast started from random weights"));
  }
  EXPECT_THAT(summary_csv(made->results), HasSubstr(",random\n"));
  EXPECT_THAT(summary_csv(made->results), HasSubstr(",pretrained\n"));
  EXPECT_THAT(summary_json(*made, {}), HasSubstr("ssast started from random weights"));
}

TEST_F(Run, note_on_the_mean_model_is_left_out_where_its_correlation_is_not_negative) {
  add_fits({0.2, 0.2, 0.3, 0.3}, "baseline");
  for (json& fit : plan_["fits"]) fit["kind"] = "mean";

  EXPECT_GT(*results().groups[0].pooled_spearman, 0.0);
  EXPECT_THAT(markdown(), Not(HasSubstr("negative by construction")));
}

TEST_F(Run, out_of_fold_scores_average_seeds_and_their_residuals_do_not) {
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

TEST_F(Run, note_on_the_mean_model_follows_its_kind_and_is_in_every_form) {
  add_fit(0, "none", "a|b,0,none,0.1,0.5\nc,0,none,0.4,0.5\n", "baseline");
  add_fit(1, "none", "d,1,none,0.2,0.3\ne,1,none,0.9,0.3\n", "baseline");
  EXPECT_THAT(markdown(), Not(HasSubstr("negative by construction")));
  for (json& fit : plan_["fits"]) fit["kind"] = "mean";

  const auto made = report();

  const auto says_so = HasSubstr("pooled correlation of baseline is negative by construction");
  EXPECT_THAT(report_markdown(*made, {}), says_so);
  EXPECT_THAT(report_html(*made, {}, {}), says_so);
  EXPECT_THAT(report_latex(*made), says_so);
  EXPECT_THAT(summary_table(made->results), says_so);
  EXPECT_THAT(summary_json(*made, {}), says_so);
}

TEST_F(Run, comparisons_say_of_each_run_how_its_features_were_made) {
  plan_["from_table"] = false;
  add_fit(0, "none", "a|b,0,none,0.1,0.5\nc,0,none,0.4,0.6\n");
  const RunResults approximate = results();
  plan_["stems_source"] = "directory";
  plan_["adjusted"] = {{{"track", "c"}, {"adjustment", "cut by 1 s"}}};
  const RunResults separated = results();
  const std::string approximation = "drums, bass and other are a signal-processing approximation";

  const auto alone = make_report(approximate, {}, true);
  const auto both = make_report(merge_runs({separated, approximate}, {"one", "two"}), {}, true);
  const auto alike = make_report(merge_runs({approximate, approximate}, {"one", "two"}), {}, true);

  for (const auto* made : {&alone, &both, &alike}) {
    for (const std::string& form : {report_markdown(**made, {}), report_html(**made, {}, {}),
                                    report_latex(**made), summary_json(**made, {})}) {
      EXPECT_THAT(form, HasSubstr(approximation));
      EXPECT_THAT(form, HasSubstr("valence and arousal are left out"));
    }
  }
  EXPECT_THAT(report_markdown(*both, {}), HasSubstr("two: the sources vocals, " + approximation));
  EXPECT_THAT(report_markdown(*both, {}),
              HasSubstr("one: the sources vocals, drums, bass and other were separated"));
  EXPECT_THAT(report_markdown(*both, {}), HasSubstr("one: c cut by 1 s"));
  EXPECT_THAT(report_markdown(*alike, {}), Not(HasSubstr("two: the sources")));
}

TEST_F(Run, runs_of_other_pooling_are_not_paired) {
  add_fit(0, "none", "a|b,0,none,0.1,0.5\nc,0,none,0.4,0.6\n");
  const RunResults mean = results();
  plan_["pooling"] = "max";

  EXPECT_THROW(merge_runs({mean, results()}, {"one", "two"}), Error);
}

TEST_F(Run, plan_that_leaves_the_run_directory_is_refused) {
  plan_fit(0, "none");
  plan_["fits"][0]["directory"] = "../../elsewhere";

  EXPECT_THROW(results(), Error);
}

}  // namespace
}  // namespace musicmem::launcher
