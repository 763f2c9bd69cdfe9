// SPDX-License-Identifier: GPL-3.0-or-later
// What is made of a finished study: its report as a browser sees it, its tables, its logs and event files.
#include "data/files/csv.h"
#include "tests/integration/report_fixture.h"
#include "tests/integration/scripts.h"

#include <gmock/gmock.h>

namespace musicmem::testing_support {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

TEST_F(Report, written_twice_has_the_same_bytes_and_no_trace_of_where_and_when) {
  const auto first = contents_of(report());

  ASSERT_EQ(musicmem({"report", "run"}).exit_code, 0);
  ASSERT_EQ(musicmem({"report", "run", "--output", "again here"}).exit_code, 0);

  EXPECT_EQ(contents_of(report()), first);
  auto elsewhere = contents_of(directory_ / "again here");
  const std::string link = " Run time and cost: <a href=\"../logs/timings.html\">../logs/timings.html</a>.";
  std::string& page = elsewhere.at("index.html");
  ASSERT_EQ(page.find(link), std::string::npos);
  page.insert(page.find("</p>", page.find("report.tex</a>.")), link);
  EXPECT_EQ(elsewhere, first);
  for (const auto& [name, bytes] : first) {
    EXPECT_EQ(bytes.find(directory_.string()), std::string::npos) << name;
  }
  EXPECT_TRUE(fs::exists(directory_ / "run/logs/timings.html"));
}

// The worst track's clip, in the page, linked from it, or left alone.
TEST_F(Report, tracks_predicted_worst_can_be_heard) {
  const auto page_with = [&](const std::string& audio) {
    EXPECT_EQ(run_study({"report.audio=" + audio}).exit_code, 0);
    return text_of(report() / "index.html");
  };

  const std::string linked = page_with("link");
  const std::string silent = page_with("none");
  const std::string embedded = page_with("embed");

  EXPECT_THAT(embedded, HasSubstr("<audio controls preload=\"none\" aria-label=\"Play "));
  EXPECT_THAT(embedded, HasSubstr("src=\"data:audio/flac;base64,ZkxhQ"));  // "fLaC"
  EXPECT_THAT(silent, Not(HasSubstr("<audio")));
  const std::size_t at = linked.find("src=\"", linked.find("<audio")) + 5;
  const fs::path file = report() / linked.substr(at, linked.find('"', at) - at);
  EXPECT_TRUE(fs::is_regular_file(file)) << file;
  // What is embedded is kept beside the page.
  fs::remove_all(audio());
  EXPECT_EQ(musicmem({"report", "run"}).exit_code, 0);
  EXPECT_EQ(text_of(report() / "index.html"), embedded);
  EXPECT_EQ(musicmem({"report", "run", "--output", "elsewhere"}).exit_code, 0);
  EXPECT_THAT(text_of(directory_ / "elsewhere/index.html"), Not(HasSubstr("<audio")));
}

TEST_F(Report, opens_in_a_browser_without_faults) {
  const ProgramResult opened =
      run(script("open_report.py", {(report() / "index.html").string()}), directory_);
  if (opened.exit_code == skipped) GTEST_SKIP() << opened.output;

  EXPECT_EQ(opened.exit_code, 0) << opened.output << opened.errors;
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
  EXPECT_THAT(
      text_of(both / "report.tex"),
      HasSubstr(
          "a \\textless{}b\\textgreater{}\\&amp; \\textquotesingle{}c\\textquotesingle{} "
          "\\textquotedbl{}d\\textquotedbl{}, \\textasciigrave{}touch ran\\textasciigrave{} "
          "100\\%\\_\\allowbreak{}\\$\\#\\{\\textasciitilde{}\\textasciicircum{}\\textbackslash{} é/\\allowbreak{}svr"));
  EXPECT_THAT(text_of(both / "report.md"), HasSubstr("a \\<b\\>\\&amp; "));
  const std::string svg = text_of(both / "figures/intervals.svg");
  EXPECT_THAT(svg, HasSubstr("a &lt;b>&amp;amp; "));
  EXPECT_THAT(svg, HasSubstr("`touch"));         // the label goes on in its next line
  EXPECT_FALSE(fs::exists(directory_ / "ran"));  // gnuplot runs what backticks enclose
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
  EXPECT_THAT(text_of(timings), HasSubstr(">report</th>"));

  ASSERT_EQ(musicmem({"explain", "run", "--model", "svr", "--samples", "200"}).exit_code, 0);
  ASSERT_EQ(musicmem({"report", "run"}).exit_code, 0);
  const std::string page = text_of(timings);

  EXPECT_THAT(page, HasSubstr("processor hours"));
  EXPECT_THAT(page, HasSubstr("<dt>first start</dt><dd>20"));
  EXPECT_THAT(page, HasSubstr("Study small"));
  EXPECT_THAT(page, HasSubstr("<a href=\"../report/index.html\">"));
  EXPECT_THAT(page, HasSubstr("explain run --model svr"));
  EXPECT_THAT(page, HasSubstr("explain svr/vanilla"));
  EXPECT_THAT(page, HasSubstr(" report run"));
  ASSERT_EQ(musicmem({"report", "run", "--output", "elsewhere"}).exit_code, 0);
  EXPECT_EQ(text_of(timings), page);
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
