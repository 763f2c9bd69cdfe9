// SPDX-License-Identifier: GPL-3.0-or-later
// A whole small study: the same results on any number of ranks, from audio or from its table, and what is
// made of them.
#include "data/demo/study.h"

#include "data/files/csv.h"
#include "models/statistics/metrics.h"
#include "tests/integration/study_fixture.h"
#include "tests/own_path.h"

#include <cmath>
#include <fstream>
#include <set>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace musicmem::testing_support {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using Study = SmallStudy;

std::map<std::string, std::string> without_weights_and_hashes(const fs::path& folds) {
  std::map<std::string, std::string> predictions;
  for (const auto& [name, bytes] : contents_of(folds)) {
    if (name.ends_with("predictions.csv") || name.ends_with("segments.csv")) predictions[name] = bytes;
  }
  return predictions;
}

TEST_F(Study, ranks_1_2_and_4_write_the_same_bytes) {
  std::vector<std::map<std::string, std::string>> folds;
  std::vector<std::map<std::string, std::string>> reports;
  for (const int ranks : {1, 2, 4}) {
    fs::remove_all(directory_ / "study/data/features");
    const std::string name = "run" + std::to_string(ranks);
    const ProgramResult result = run_study({}, ranks, name);
    ASSERT_EQ(result.exit_code, 0) << result.errors;
    folds.push_back(contents_of(directory_ / name / "folds"));
    reports.push_back(contents_of(directory_ / name / "report"));
  }

  // 3 mean + 3 random + 3 + 3 svr + 3 shuffled + 3 + 3 mlp fits of four files each
  EXPECT_EQ(folds[0].size(), 21 * 4);
  EXPECT_TRUE(reports[0].contains("index.html") && reports[0].contains("comparisons.csv"));
  EXPECT_TRUE(folds[0] == folds[1] && folds[0] == folds[2]);
  EXPECT_TRUE(reports[0] == reports[1] && reports[0] == reports[2]);
}

TEST_F(Study, a_second_start_computes_nothing) {
  ASSERT_EQ(run_study({}, 2).exit_code, 0);
  const int first = count_in_logs(directory_ / "run", " begin ");

  const ProgramResult second = run_study({}, 2);

  EXPECT_EQ(second.exit_code, 0) << second.errors;
  EXPECT_EQ(first, clips + 21);
  EXPECT_EQ(count_in_logs(directory_ / "run", " begin "), first);
  EXPECT_THAT(second.output, HasSubstr("report.md"));
}

TEST_F(Study, report_holds_what_predictions_say) {
  ASSERT_EQ(run_study().exit_code, 0);
  std::vector<double> folds_spearman;
  std::vector<double> labels;
  std::vector<double> predictions;
  for (int fold = 0; fold < 3; ++fold) {
    const data::CsvFile csv(directory_ / "run/folds/svr/vanilla/seed-none" /
                            ("fold-" + std::to_string(fold)) / "predictions.csv");
    ASSERT_EQ(csv.header(), (std::vector<std::string>{"track", "fold", "seed", "label", "prediction"}));
    std::vector<double> y;
    std::vector<double> p;
    for (std::size_t row = 0; row < csv.rows(); ++row) {
      y.push_back(csv.number(row, 3));
      p.push_back(csv.number(row, 4));
    }
    folds_spearman.push_back(*models::spearman(y, p));
    labels.insert(labels.end(), y.begin(), y.end());
    predictions.insert(predictions.end(), p.begin(), p.end());
  }
  const double mean = (folds_spearman[0] + folds_spearman[1] + folds_spearman[2]) / 3;

  const auto cell = [&](const std::string& column) {
    return *data::parse_number(summary_cell(directory_ / "run", "svr", "vanilla", column));
  };

  EXPECT_EQ(labels.size(), clips);
  EXPECT_NEAR(cell("spearman_mean"), mean, 1e-12);
  EXPECT_NEAR(cell("pooled_spearman"), *models::spearman(labels, predictions), 1e-12);
  EXPECT_EQ(cell("fits"), 3);
  EXPECT_EQ(summary_cell(directory_ / "run", "mean", "vanilla", "spearman_mean"), "");
  EXPECT_EQ(summary_cell(directory_ / "run", "mean", "vanilla", "undefined"), "3");
  const std::string report = text_of(directory_ / "run/report/report.md");
  EXPECT_THAT(report, HasSubstr("Synthetic study"));
  EXPECT_THAT(report, HasSubstr("approximation"));
  EXPECT_THAT(report, ::testing::Not(HasSubstr("the ceiling for any predictor")));
}

TEST_F(Study, exported_table_trains_to_the_same_predictions) {
  ASSERT_EQ(run_study().exit_code, 0);
  const ProgramResult exported = run(program({"export", "run", "--output", "data.csv"}), directory_);
  ASSERT_EQ(exported.exit_code, 0) << exported.errors;
  ASSERT_EQ(run(program({"import", "data.csv", "--output", "data.h5"}), directory_).exit_code, 0);
  ASSERT_EQ(run(program({"export", "data.h5", "--output", "again.csv"}), directory_).exit_code, 0);
  write_text(directory_ / "table.yaml",
             "name: table\ndata: {table: data.h5}\ncross_validation: {folds: 3, seeds: [5]}\n"
             "models:\n  - {name: svr, variants: [vanilla, augmented]}\n");

  const ProgramResult trained = run(program({"run", "table.yaml", "--run-dir", "table-run"}), directory_);

  ASSERT_EQ(trained.exit_code, 0) << trained.errors;
  EXPECT_EQ(text_of(directory_ / "data.csv"), text_of(directory_ / "again.csv"));
  EXPECT_EQ(summary_cell(directory_ / "table-run", "svr", "augmented", "pooled_spearman"),
            summary_cell(directory_ / "run", "svr", "augmented", "pooled_spearman"));
  EXPECT_EQ(summary_cell(directory_ / "table-run", "svr", "vanilla", "mse_mean"),
            summary_cell(directory_ / "run", "svr", "vanilla", "mse_mean"));
  const ProgramResult predicted =
      run(program({"predict", "--run", "table-run", clip(0).string()}), directory_);
  EXPECT_EQ(predicted.exit_code, 0) << predicted.errors;
  EXPECT_THAT(predicted.errors, HasSubstr("table-run was trained on a table of features"));
}

TEST_F(Study, predict_scores_a_clip_like_the_fold_that_left_it_out) {
  ASSERT_EQ(run_study().exit_code, 0);
  const fs::path fold = directory_ / "run/folds/svr/vanilla/seed-none/fold-0";
  const data::CsvFile expected(fold / "predictions.csv");
  const std::string clip_path = (audio() / expected.field(0, 0)).string();

  const ProgramResult one =
      run(program({"predict", "--weights", (fold / "weights.h5").string(), clip_path}), directory_);
  const ProgramResult all =
      run(program({"predict", "--run", "run", "--model", "mlp", "--json", clip_path}), directory_);

  ASSERT_EQ(one.exit_code, 0) << one.errors;
  EXPECT_EQ(one.output, "clip,score\n" + clip_path + "," + expected.field(0, 4) + "\n");
  ASSERT_EQ(all.exit_code, 0) << all.errors;
  const auto line = nlohmann::json::parse(all.output);
  EXPECT_EQ(line.at("clip"), clip_path);
  EXPECT_TRUE(std::isfinite(line.at("score").get<double>()));
}

TEST_F(Study, predictions_and_reports_keep_the_settings_of_their_fits) {
  ASSERT_EQ(run_study().exit_code, 0);
  const Words predict = program({"predict", "--run", "run", "--model", "svr", clip(0).string()});
  const std::string score = run(predict, directory_).output;
  const auto report = contents_of(directory_ / "run/report");
  // A start of other settings that ends before it trains.
  const ProgramResult prepared =
      run(program({"prepare", "study/experiment.yaml", "--run-dir", "run", "features.ehc.harmony.tuning=clip",
                   "cross_validation.seeds=[1, 2, 3]"}),
          directory_);
  ASSERT_EQ(prepared.exit_code, 0) << prepared.errors;

  EXPECT_EQ(run(predict, directory_).output, score);
  ASSERT_EQ(run(program({"report", "run"}), directory_).exit_code, 0);
  EXPECT_TRUE(contents_of(directory_ / "run/report") == report);
}

TEST_F(Study, audmem_protocol_leaves_out_the_last_tracks_and_says_so) {
  const ProgramResult result = run_study({"cross_validation.protocol=audmem", "cross_validation.folds=5"});

  ASSERT_EQ(result.exit_code, 0) << result.errors;
  std::set<std::string> tested;
  for (const auto& [name, bytes] : without_weights_and_hashes(directory_ / "run/folds/svr/vanilla")) {
    if (!name.ends_with("predictions.csv")) continue;
    const data::CsvFile csv(directory_ / "run/folds/svr/vanilla" / name);
    for (std::size_t row = 0; row < csv.rows(); ++row) tested.insert(csv.field(row, 0));
  }
  EXPECT_EQ(tested.size(), 10);
  EXPECT_THAT(text_of(directory_ / "run/report/report.md"), HasSubstr("never tested"));
}

TEST_F(Study, classic_features_train_beside_the_others) {
  const ProgramResult result =
      run_study({"models=[{name: svr}, {name: svr, label: svr_classic, features: classic}]",
                 "augment.pitch_semitones=[]"});

  ASSERT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_NE(summary_cell(directory_ / "run", "svr_classic", "vanilla", "mse_mean"), "");
  EXPECT_NE(summary_cell(directory_ / "run", "svr_classic", "vanilla", "mse_mean"),
            summary_cell(directory_ / "run", "svr", "vanilla", "mse_mean"));
}

TEST_F(Study, store_is_readable_by_h5py_and_h5dump) {
  ASSERT_EQ(run_study({"models=[{name: mean}]"}).exit_code, 0);
  const std::string file = compacted().string();
  const std::string script =
      "import h5py, sys\n"
      "f = h5py.File(sys.argv[1], 'r')\n"
      "e = f['ehc']\n"
      "kind = f['augment_type'][1].decode()\n"
      "print(e.shape, len(e.attrs['columns']), e.attrs['columns'][24], kind, e.fletcher32)\n";
  write_text(directory_ / "look.py", script);

  const ProgramResult python = run({"/usr/bin/python3", "look.py", file}, directory_);
  const ProgramResult dump = run({"h5dump", "-d", "/bpm", file}, directory_);

  EXPECT_EQ(python.exit_code, 0) << python.errors;
  EXPECT_EQ(python.output, "(24, 9, 33) 33 bpm 2_semitones True\n");
  EXPECT_EQ(dump.exit_code, 0) << dump.errors;
  EXPECT_THAT(dump.output, HasSubstr("H5T_IEEE_F64LE"));
}

TEST_F(Study, lies_beside_its_file_wherever_it_is_started) {
  fs::create_directories(directory_ / "elsewhere");
  const Words study = {"../study/experiment.yaml", "models=[{name: mean}]", "augment.pitch_semitones=[]"};
  Words command = program({"run"});
  command.insert(command.end(), study.begin(), study.end());
  const ProgramResult first = run(command, directory_ / "elsewhere");
  const ProgramResult status = run(program({"status", "../study/experiment.yaml"}), directory_ / "elsewhere");

  ASSERT_EQ(first.exit_code, 0) << first.errors;
  EXPECT_TRUE(fs::exists(directory_ / "study/runs/small/report/index.html"));
  EXPECT_TRUE(fs::is_empty(directory_ / "elsewhere"));
  EXPECT_THAT(status.output, HasSubstr("run directory: " + (directory_ / "study/runs/small").string()));
}

TEST_F(Study, dry_run_lists_tasks_and_writes_nothing) {
  const ProgramResult result =
      run(program({"run", "study/experiment.yaml", "--run-dir", "run", "--dry-run"}, 2), directory_);

  EXPECT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_THAT(result.output,
              AllOf(HasSubstr("prepare normalize_5s_intro_"),
                    HasSubstr("# 33 tasks: 0 on disk, 33 left, about 0:0"), HasSubstr(" on 2 ranks\n")));
  EXPECT_FALSE(fs::exists(directory_ / "run"));
  EXPECT_FALSE(fs::exists(directory_ / "study/data/features"));
}

// The built-in study: effects that were planted are found, and not on permuted labels.
TEST(DemoStudy, svr_finds_the_planted_effects_and_its_control_does_not) {
  const fs::path directory = own_path();
  data::make_demo_study({directory / "demo", 60, 7});

  const ProgramResult result =
      run(program({"run", "demo/experiment.yaml", "--run-dir", "run", "augment.pitch_semitones=[]",
                   "models=[{name: svr, controls: [shuffled]}]"},
                  2),
          directory, 280);

  ASSERT_EQ(result.exit_code, 0) << result.errors;
  const auto pooled = [&](const std::string& variant) {
    return *data::parse_number(summary_cell(directory / "run", "svr", variant, "pooled_spearman"));
  };
  EXPECT_GT(pooled("vanilla"), 0.4);
  EXPECT_LT(pooled("shuffled"), 0.25);  // two standard errors of a correlation of 60 unrelated pairs
  fs::remove_all(directory);
}

}  // namespace
}  // namespace musicmem::testing_support
