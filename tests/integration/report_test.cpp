// SPDX-License-Identifier: GPL-3.0-or-later
// What is made of a finished study: its report as a browser sees it, comparisons, explanations, event files.
#include "data/demo/study.h"
#include "data/files/csv.h"
#include "tests/integration/scripts.h"
#include "tests/integration/study_fixture.h"
#include "tests/own_path.h"

#include <algorithm>
#include <set>

#include <gmock/gmock.h>

namespace musicmem::testing_support {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Key;
using ::testing::Not;

// One small study, trained once for all tests of this file.
class Report : public SmallStudy {
 protected:
  void SetUp() override {
    SmallStudy::SetUp();
    take_finished_study();
  }
  fs::path report() const { return directory_ / "run/report"; }
  // Runs LaTeX on a document below the test's directory, where its log and PDF go.
  ProgramResult compile(const std::string& engine, const std::string& document) {
    const std::string fonts =
        engine == "lualatex" ? " && kpsewhich fontspec.sty && kpsewhich luaotfload.sty" : "";
    return run({"sh", "-c",
                "(command -v " + engine + fonts + ") >/dev/null || exit 77; " + engine +
                    " -halt-on-error -interaction=nonstopmode " + document},
               directory_);
  }
};

TEST_F(Report, written_twice_has_the_same_bytes_and_no_trace_of_where_and_when) {
  const auto first = contents_of(report());

  ASSERT_EQ(musicmem({"report", "run", "--output", "again here"}).exit_code, 0);

  EXPECT_EQ(contents_of(directory_ / "again here"), first);
  for (const auto& [name, bytes] : first) {
    EXPECT_EQ(bytes.find(directory_.string()), std::string::npos) << name;
  }
  EXPECT_TRUE(fs::exists(directory_ / "run/logs/timings.html"));
}

TEST_F(Report, opens_in_a_browser_without_faults) {
  const ProgramResult opened =
      run(script("open_report.py", {(report() / "index.html").string()}), directory_);
  if (opened.exit_code == skipped) GTEST_SKIP() << opened.output;

  EXPECT_EQ(opened.exit_code, 0) << opened.output << opened.errors;
}

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

TEST_F(Report, names_that_look_like_markup_stay_names_in_every_form) {
  const std::string name = "a <b>&amp; 'c' \"d\", `touch ran` 100%_$#{~^\\ é";
  fs::copy(directory_ / "run", directory_ / name, fs::copy_options::recursive);

  ASSERT_EQ(musicmem({"report", "run", name, "--output", "both"}).exit_code, 0);

  const fs::path both = directory_ / "both";
  const std::string html = text_of(both / "index.html");
  EXPECT_THAT(html,
              HasSubstr("a &lt;b&gt;&amp;amp; &#39;c&#39; &quot;d&quot;, `touch ran` 100%_$#{~^\\ é/svr"));
  EXPECT_THAT(html, Not(HasSubstr("<b>")));
  const data::CsvFile csv(both / "summary.csv");
  std::vector<std::string> models;
  for (std::size_t row = 0; row < csv.rows(); ++row) models.push_back(csv.field(row, 0));
  EXPECT_THAT(models, Contains(name + "/svr"));
  EXPECT_THAT(text_of(both / "report.tex"),
              HasSubstr("a \\textless{}b\\textgreater{}\\&amp; \\textquotesingle{}c\\textquotesingle{} "
                        "\\textquotedbl{}d\\textquotedbl{}, \\textasciigrave{}touch ran\\textasciigrave{} "
                        "100\\%\\_\\$\\#\\{\\textasciitilde{}\\textasciicircum{}\\textbackslash{} é/svr"));
  EXPECT_THAT(text_of(both / "report.md"), HasSubstr("a \\<b\\>\\&amp; "));
  const std::string svg = text_of(both / "figures/intervals.svg");
  EXPECT_THAT(svg, HasSubstr("a &lt;b>&amp;amp; "));
  EXPECT_THAT(svg, HasSubstr("`touch ran`"));
  EXPECT_FALSE(fs::exists(directory_ / "ran"));  // gnuplot runs what backticks enclose
}

TEST_F(Report, compiles_in_latex) {
  const std::string name = "[П] Память -- ,,ő`` ħ 夢 \xF0\x9F\x8E\xB5";
  fs::copy(directory_ / "run", directory_ / name, fs::copy_options::recursive);
  ASSERT_EQ(musicmem({"report", name, "run", "--output", "both"}).exit_code, 0);
  write_text(
      directory_ / "paper.tex",
      "\\documentclass{article}\n\\usepackage[T1]{fontenc}\n\\usepackage{textcomp}\n"
      "\\usepackage{booktabs}\n\\usepackage{graphicx}\n\\begin{document}\n\\input{both/"
      "report.tex}\n\\typeout{(\\musicmemletter{П}{041F}\\musicmemletter{ő}{0151})}\n\\end{document}\n");

  for (const std::string document : {"paper", "both/report", "run/report/report"}) {
    const ProgramResult compiled = compile("pdflatex", document);
    if (compiled.exit_code == skipped) GTEST_SKIP() << "pdflatex is not installed";
    EXPECT_EQ(compiled.exit_code, 0) << document << compiled.output;
    EXPECT_THAT(compiled.output, Not(HasSubstr("Overfull"))) << document;
    if (document == "paper") {
      EXPECT_THAT(compiled.output, HasSubstr("([U+041F]ő)"));
    }
  }
}

// Fonts without a letter leave it out without an error, which the log alone tells.
TEST_F(Report, loses_no_letters_in_lualatex) {
  const std::string name = "Память -- ő 夢";
  fs::copy(directory_ / "run", directory_ / name, fs::copy_options::recursive);
  ASSERT_EQ(musicmem({"report", name, "run", "--output", "both"}).exit_code, 0);
  write_text(directory_ / "paper.tex",
             "\\documentclass{article}\n\\usepackage{fontspec}\n"
             "\\setmainfont{DejaVuSerif.ttf}[Path=/usr/share/fonts/truetype/dejavu/]\n"
             "\\usepackage{booktabs}\n\\usepackage{graphicx}\n\\begin{document}\n\\input{both/report.tex}\n"
             "\\typeout{(\\musicmemletter{П}{041F}\\musicmemletter{夢}{5922})}\n\\end{document}\n");

  for (const std::string document : {"paper", "both/report"}) {
    const ProgramResult compiled = compile("lualatex", document);
    if (compiled.exit_code == skipped) GTEST_SKIP() << "lualatex, luaotfload or fontspec is not installed";
    EXPECT_EQ(compiled.exit_code, 0) << document << compiled.output;
    EXPECT_THAT(text_of(directory_ / (fs::path(document).filename().string() + ".log")),
                Not(HasSubstr("Missing character")));
    if (document == "paper") {
      EXPECT_THAT(compiled.output, HasSubstr("(П[U+5922])"));
    }
  }
}

TEST_F(Report, says_where_it_cannot_write) {
  write_text(directory_ / "file", "in the way");
  const auto before = contents_of(report());

  const ProgramResult onto_file = musicmem({"report", "run", "--output", "file"});
  const ProgramResult below_file = musicmem({"report", "run", "--output", "file/report"});
  const ProgramResult nowhere = musicmem({"report", "run", "--output", "/proc/musicmem-report"});

  for (const ProgramResult* result : {&onto_file, &below_file, &nowhere}) {
    EXPECT_EQ(result->exit_code, 1) << result->errors;
    EXPECT_THAT(result->errors, HasSubstr("musicmem: error: "));
  }
  EXPECT_THAT(onto_file.errors, HasSubstr("file"));
  EXPECT_THAT(nowhere.errors, HasSubstr("/proc/musicmem-report"));
  EXPECT_EQ(text_of(directory_ / "file"), "in the way");
  EXPECT_EQ(contents_of(report()), before);
}

TEST_F(Report, a_damaged_fit_is_named_and_costs_its_own_predictions_only) {
  const fs::path fit = directory_ / "run/folds/svr/vanilla/seed-none/fold-1";
  write_text(fit / "metrics.json", "{\"hash\": ");

  const ProgramResult damaged = musicmem({"report", "run"});

  EXPECT_EQ(damaged.exit_code, 3);
  EXPECT_THAT(damaged.errors,
              HasSubstr("fit svr/vanilla/seed-none/fold-1: damaged: metrics.json: is not valid JSON"));
  EXPECT_EQ(summary_cell(directory_ / "run", "svr", "vanilla", "fits"), "2");
  EXPECT_EQ(summary_cell(directory_ / "run", "svr", "augmented", "fits"), "3");
  EXPECT_THAT(text_of(report() / "report.md"), HasSubstr("No tests: "));

  ASSERT_EQ(run_study({}, 2).exit_code, 0);
  EXPECT_EQ(summary_cell(directory_ / "run", "svr", "vanilla", "fits"), "3");
}

TEST_F(Report, failures_of_fits_are_told_without_the_place_of_files) {
  fs::remove_all(directory_ / "run/folds/mlp");
  write_text(directory_ / "run/folds/mlp", "in the way");

  ASSERT_EQ(run_study({}, 2).exit_code, 3);

  EXPECT_THAT(text_of(report() / "index.html"), HasSubstr("<li>fit mlp/vanilla/seed-5/fold-0: "));
  for (const auto& [name, bytes] : contents_of(report())) {
    EXPECT_EQ(bytes.find(directory_.string()), std::string::npos) << name;
  }
  EXPECT_FALSE(log_lines(directory_ / "run", "failed fit mlp/vanilla/seed-5/fold-0").empty());
}

TEST_F(Report, times_and_commands_of_reports_and_explanations_are_kept_in_the_logs) {
  const fs::path timings = directory_ / "run/logs/timings.html";
  EXPECT_THAT(text_of(timings), HasSubstr(">report</td>"));

  ASSERT_EQ(musicmem({"explain", "run", "--model", "svr", "--samples", "200"}).exit_code, 0);
  ASSERT_EQ(musicmem({"report", "run"}).exit_code, 0);
  const std::string page = text_of(timings);

  EXPECT_THAT(page, HasSubstr("explain run --model svr"));
  EXPECT_THAT(page, HasSubstr("explain svr/vanilla"));
  EXPECT_THAT(page, HasSubstr(" report run"));
  ASSERT_EQ(musicmem({"report", "run", "--output", "elsewhere"}).exit_code, 0);
  EXPECT_EQ(text_of(timings), page);
}

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

// Every row of the table again as the fits hold it.
TEST_F(Report, predictions_of_all_fits_stand_in_one_table) {
  const data::CsvFile table(report() / "predictions.csv");

  ASSERT_EQ(table.header(), (std::vector<std::string>{"model", "variant", "seed", "fold", "track", "group",
                                                      "label", "prediction"}));
  std::size_t rows = 0;
  for (const auto& entry : fs::recursive_directory_iterator(directory_ / "run/folds")) {
    if (entry.path().filename() == "predictions.csv") rows += data::CsvFile(entry.path()).rows();
  }
  EXPECT_EQ(table.rows(), rows);
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const std::string fit = table.field(row, 0) + "/" + table.field(row, 1) + "/seed-" + table.field(row, 2) +
                            "/fold-" + table.field(row, 3);
    const std::string line = data::csv_field(table.field(row, 4)) + "," + table.field(row, 3) + "," +
                             table.field(row, 2) + "," + table.field(row, 6) + "," + table.field(row, 7);
    ASSERT_THAT(text_of(directory_ / "run/folds" / fit / "predictions.csv"), HasSubstr(line + "\n"));
  }
}

TEST_F(Report, damaged_manifest_is_named_in_place_of_the_revision) {
  write_text(directory_ / "run/manifest.json", "[1]");

  EXPECT_EQ(musicmem({"report", "run"}).exit_code, 0);
  EXPECT_THAT(text_of(report() / "report.md"), HasSubstr("manifest.json is damaged"));
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

TEST_F(Report, predictions_come_with_interval_position_and_reasons) {
  const std::string wave = clip(0).string();

  const ProgramResult plain = musicmem({"predict", "--run", "run", "--model", "svr", wave});
  const ProgramResult full = musicmem(
      {"predict", "--run", "run", "--model", "svr", "--details", "--explain", wave, clip(1).string()});

  EXPECT_THAT(plain.output, HasSubstr("clip,score\n"));
  write_text(directory_ / "full.csv", full.output);
  const data::CsvFile csv(directory_ / "full.csv");
  ASSERT_EQ(csv.header(),
            (std::vector<std::string>{"clip", "score", "models_low", "models_high", "interval_low",
                                      "interval_high", "position", "out_of_fold", "reasons"}));
  ASSERT_EQ(csv.rows(), 2);
  EXPECT_LE(csv.number(0, 2), csv.number(0, 1));
  EXPECT_GE(csv.number(0, 3), csv.number(0, 1));
  EXPECT_LT(csv.number(0, 4), csv.number(0, 5));
  EXPECT_EQ(std::count(csv.field(0, 8).begin(), csv.field(0, 8).end(), ';'), 2);
}

TEST_F(Report, clips_of_the_study_are_known_by_their_bytes_and_shown_with_their_out_of_fold_score) {
  const data::CsvFile table(report() / "predictions.csv");
  std::string expected;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const bool is_meant = table.field(row, 0) == "svr" && table.field(row, 1) == "vanilla" &&
                          table.field(row, 4) == clip(3).filename();
    if (is_meant) expected = table.field(row, 7);
  }
  fs::copy_file(clip(3), directory_ / "renamed.wav");

  const ProgramResult known =
      musicmem({"predict", "--run", "run", "--model", "svr", "--details", "renamed.wav"});
  const ProgramResult as_json =
      musicmem({"predict", "--run", "run", "--model", "svr", "--json", "renamed.wav"});
  std::string bytes = text_of(clip(3));
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  write_text(directory_ / "renamed.wav", bytes);
  const ProgramResult changed =
      musicmem({"predict", "--run", "run", "--model", "svr", "--details", "renamed.wav"});

  EXPECT_THAT(known.errors,
              AllOf(HasSubstr("renamed.wav is the study's clip '" + clip(3).filename().string()),
                    HasSubstr("' (out-of-fold score ")));
  EXPECT_THAT(known.output, ::testing::EndsWith("," + expected + "\n"));
  EXPECT_THAT(as_json.output, HasSubstr("\"out_of_fold\":" + expected));
  EXPECT_THAT(changed.errors, Not(HasSubstr("is the study's clip")));
  EXPECT_THAT(changed.output, ::testing::EndsWith(",\n"));
}

TEST_F(Report, predictions_say_which_variant_they_are_by_and_warn_of_the_control) {
  const std::string wave = clip(0).string();

  const ProgramResult best = musicmem({"predict", "--run", "run", "--model", "mlp", wave});
  const ProgramResult first = musicmem({"predict", "--run", "run", "--model", "svr", wave});
  const ProgramResult control =
      musicmem({"predict", "--run", "run", "--model", "svr", "--variant", "shuffled", wave});
  const auto with_weights_of = [&](const std::string& variant) {
    const fs::path fits = directory_ / "run/folds/svr" / variant;
    const fs::path file = fs::directory_iterator(fits)->path() / "fold-0/weights.h5";
    return musicmem({"predict", "--weights", file.string(), wave});
  };
  const auto with_moved_weights_of = [&](const std::string& variant) {
    const fs::path fits = directory_ / "run/folds/svr" / variant;
    const fs::path moved = directory_ / ("moved-" + variant + ".h5");
    fs::copy_file(fs::directory_iterator(fits)->path() / "fold-0/weights.h5", moved);
    return musicmem({"predict", "--weights", moved.string(), wave});
  };
  const ProgramResult by_file = with_weights_of("shuffled");
  const ProgramResult plain_file = with_weights_of("vanilla");

  EXPECT_THAT(best.errors, HasSubstr(", its best variant by validation"));
  EXPECT_THAT(first.errors,
              HasSubstr("svr is represented by vanilla, its first variant, as it has no validation set"));
  EXPECT_THAT(control.errors, HasSubstr("svr shuffled is a control, trained on permuted labels"));
  EXPECT_THAT(by_file.errors, HasSubstr("svr shuffled is a control, trained on permuted labels"));
  EXPECT_THAT(with_moved_weights_of("shuffled").errors, HasSubstr("svr shuffled is a control"));
  EXPECT_THAT(plain_file.errors, Not(HasSubstr("is a control")));
  EXPECT_THAT(with_moved_weights_of("vanilla").errors, Not(HasSubstr("is a control")));
}

TEST_F(Report, tensorboard_reads_the_event_files) {
  const ProgramResult read =
      run(script("read_events.py", {(directory_ / "run/tensorboard").string()}), directory_);
  if (read.exit_code == skipped) GTEST_SKIP() << read.output;

  EXPECT_EQ(read.exit_code, 0) << read.output << read.errors;
  // 2 variants x 3 folds of at most 12 epochs
  EXPECT_THAT(read.output, HasSubstr("6 fits"));
}

TEST_F(Report, bash_completes_commands_and_options) {
  const std::string body = "source '" MUSICMEM_COMPLETION "'; COMP_WORDS=('" MUSICMEM_PROGRAM
                           "' rep); COMP_CWORD=1; "
                           "_musicmem; echo \"${COMPREPLY[*]}\"; COMP_WORDS=('" MUSICMEM_PROGRAM
                           "' report --al); COMP_CWORD=2; _musicmem; echo \"${COMPREPLY[*]}\"";

  const ProgramResult completed = run({"bash", "-c", body}, directory_);

  EXPECT_EQ(completed.output, "report\n--allow-partial\n") << completed.errors;
}

}  // namespace
}  // namespace musicmem::testing_support
