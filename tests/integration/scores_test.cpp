// SPDX-License-Identifier: GPL-3.0-or-later
// From the log of a listening game to the report of a study.
#include "data/files/csv.h"
#include "data/files/durable_file.h"
#include "data/game/game_log.h"
#include "tests/integration/study_fixture.h"
#include "tests/own_path.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace musicmem::testing_support {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class ScoresOfALog : public testing::Test {
 protected:
  void SetUp() override { fs::create_directories(directory_); }
  void TearDown() override { fs::remove_all(directory_); }

  ProgramResult musicmem(const Words& arguments) const { return run(program(arguments), directory_); }
  ProgramResult scores(const std::string& log, const std::string& layout, const std::string& output,
                       const Words& more = {}) const {
    Words words = {"scores", log, "--layout", layout, "--output", output};
    words.insert(words.end(), more.begin(), more.end());
    return musicmem(words);
  }
  std::map<std::string, std::string> column(const fs::path& file, const std::string& name) const {
    const data::CsvFile csv(directory_ / file);
    std::map<std::string, std::string> values;
    for (std::size_t row = 0; row < csv.rows(); ++row)
      values[csv.field(row, csv.column("track"))] = csv.field(row, csv.column(name));
    return values;
  }

  void expect_no_address_below(const fs::path& folder) const {
    std::size_t files = 0;
    for (const auto& entry : fs::recursive_directory_iterator(directory_ / folder)) {
      if (!entry.is_regular_file()) continue;
      ++files;
      EXPECT_FALSE(data::holds_address(data::read_file(entry.path()))) << entry.path();
    }
    EXPECT_GE(files, 7U);
  }

  fs::path directory_ = own_path();
};

TEST_F(ScoresOfALog, give_the_demos_labels_back_in_both_layouts_and_go_into_its_report) {
  ASSERT_EQ(musicmem({"demo-data", "demo", "--clips", "24"}).exit_code, 0);
  const auto labels = column("demo/data/labels/track_memorability_scores_beta.csv", "score");

  for (const std::string layout : {"long", "audmem"}) {
    const ProgramResult result = scores("demo/data/listeners/" + layout + ".csv", layout, layout);
    ASSERT_EQ(result.exit_code, 0) << result.errors;
    EXPECT_EQ(column(layout + "/labels.csv", "score"), labels) << layout;
    EXPECT_THAT(result.output, AllOf(HasSubstr("left out: 1 of 243 (incomplete games)"),
                                     HasSubstr("left out: 1 of 242 (games with vigilance below 0.65)"),
                                     HasSubstr("left out: 1 of 241 (later games of one participant)")));
    EXPECT_FALSE(data::holds_address(result.output + result.errors));
    expect_no_address_below(layout);
  }
  EXPECT_EQ(column("long/labels.csv", "dprime"), column("audmem/labels.csv", "dprime"));

  const ProgramResult study = musicmem({"run", "demo/experiment.yaml", "--run-dir", "run",
                                        "data.labels=" + (directory_ / "long/labels.csv").string(),
                                        "data.reliability=" + (directory_ / "long/reliability.json").string(),
                                        "data.target.weights=n", "augment.pitch_semitones=[]",
                                        "cross_validation.folds=3", "cross_validation.seeds=[1]"});
  ASSERT_EQ(study.exit_code, 0) << study.errors;
  const auto reliability = nlohmann::json::parse(data::read_file(directory_ / "long/reliability.json"));
  const auto summary = nlohmann::json::parse(data::read_file(directory_ / "run/report/summary.json"));
  EXPECT_EQ(summary.at("reliability").at("ceiling"), reliability.at("ceiling"));
  for (const char* form : {"index.html", "report.md", "report.tex"})
    EXPECT_THAT(data::read_file(directory_ / "run/report" / form), HasSubstr("half against half")) << form;
}

TEST_F(ScoresOfALog, are_those_that_pandas_reads_and_the_page_has_its_pictures) {
  const fs::path golden = fs::path(MUSICMEM_INTEGRATION_SCRIPTS).parent_path() / "models/golden/listening";
  const ProgramResult result =
      scores((golden / "sub-all_beh.tsv").string(), "long", "scores",
             {"--columns", "participant=subject,clip=stimulus", "--splits", "50", "--seed", "9"});
  ASSERT_EQ(result.exit_code, 0) << result.errors;

  const data::CsvFile expected(golden / "long_labels.csv");
  const data::CsvFile labels(directory_ / "scores/labels.csv");
  EXPECT_EQ(labels.header(), expected.header());
  ASSERT_EQ(labels.rows(), expected.rows());
  for (std::size_t row = 0; row < labels.rows(); ++row) {
    EXPECT_EQ(labels.field(row, 0), expected.field(row, 0));
    for (std::size_t c = 1; c < labels.header().size(); ++c)
      EXPECT_NEAR(labels.number(row, c), expected.number(row, c), 1e-12) << labels.header()[c];
  }
  const auto reliability = nlohmann::json::parse(data::read_file(directory_ / "scores/reliability.json"));
  const data::CsvFile halves(golden / "long_reliability.csv");
  for (std::size_t c = 0; c < halves.header().size(); ++c)
    EXPECT_NEAR(reliability.at(halves.header()[c]).get<double>(), halves.number(0, c), 1e-12)
        << halves.header()[c];
  const std::string page = data::read_file(directory_ / "scores/index.html");
  for (const char* figure : {"scores", "listeners", "lags", "dprime"})
    EXPECT_THAT(page, HasSubstr("id=\"" + std::string(figure))) << figure;
  expect_no_address_below("scores");
}

TEST_F(ScoresOfALog, the_same_log_and_seed_give_the_same_bytes) {
  const std::string log =
      (fs::path(MUSICMEM_INTEGRATION_SCRIPTS).parent_path() / "models/golden/listening/audmem.csv").string();
  ASSERT_EQ(scores(log, "audmem", "a").exit_code, 0);
  ASSERT_EQ(scores(log, "audmem", "b").exit_code, 0);

  for (const auto& entry : fs::directory_iterator(directory_ / "a"))
    EXPECT_EQ(data::read_file(entry.path()), data::read_file(directory_ / "b" / entry.path().filename()))
        << entry.path();
}

TEST_F(ScoresOfALog, that_cannot_be_are_refused_in_one_line_without_a_trace) {
  const std::string header = "participant,clip,position,response,is_repeat\n";
  const auto refused = [&](const std::string& text, const Words& more = {}) {
    data::write_file(directory_ / "log.csv", text);
    const ProgramResult result = scores("log.csv", "long", "none", more);
    EXPECT_EQ(result.exit_code, more.empty() ? 1 : result.exit_code);
    EXPECT_NE(result.exit_code, 0);
    EXPECT_EQ(std::ranges::count(result.errors, '\n'), 1) << result.errors;
    EXPECT_FALSE(data::holds_address(result.errors)) << result.errors;
    EXPECT_FALSE(fs::exists(directory_ / "none"));
    return result.errors;
  };

  EXPECT_THAT(refused(header + "me@a.org,x,1,0,0\n"), HasSubstr("no repeats"));
  EXPECT_THAT(refused(header + "me@a.org,x,1,0,0\nme@a.org,x,2,9,1\n"), HasSubstr("log.csv:3"));
  EXPECT_THAT(refused("participant,sound,position,response,is_repeat\n"), HasSubstr("no column 'clip'"));
  EXPECT_THAT(refused(header + "me@a.org,me@a.org,1,0,0\n"), HasSubstr("holds an e-mail address"));
  EXPECT_THAT(refused(header, {"--columns", "clip"}), HasSubstr("COLUMN=NAME"));
  EXPECT_THAT(musicmem({"scores", "log.csv", "--layout", "wide", "--output", "none"}).errors,
              HasSubstr("--layout"));
}

TEST_F(ScoresOfALog, of_one_participant_have_no_reliability) {
  data::write_file(
      directory_ / "log.csv",
      "participant,clip,position,response,is_repeat\nme@a.org,x,1,0,0\nme@a.org,x,2,1,1\nme@a.org,y,3,0,0\n");
  const ProgramResult result = scores("log.csv", "long", "scores");

  ASSERT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_THAT(result.output, AllOf(HasSubstr("no reliability"),
                                   HasSubstr("left out: 1 of 2 (clips without an answer to a repeat")));
  EXPECT_THAT(result.output, HasSubstr("1 clip that nobody answered to again, and so without a score: y"));
  EXPECT_EQ(column("scores/labels.csv", "n"), (std::map<std::string, std::string>{{"x", "1"}}));
  EXPECT_TRUE(
      nlohmann::json::parse(data::read_file(directory_ / "scores/reliability.json")).at("ceiling").is_null());
  expect_no_address_below("scores");
}

TEST_F(ScoresOfALog, of_a_million_rows_take_seconds) {
  std::string text = "participant,clip,position,response,is_repeat\n";
  for (int who = 0; who < 5000; ++who) {
    for (int i = 0; i < 200; ++i) {
      const int clip = (who * 7 + i % 100) % 235;
      const int answer = (who * 31 + clip * 17 + i * 13) % 97 < 40 + clip % 50 ? 1 : 0;
      text += "person" + std::to_string(who) + ",clip" + std::to_string(clip) + ".wav," +
              std::to_string(i + 1) + "," + std::to_string(i < 100 ? answer / 2 : answer) + "," +
              (i < 100 ? "0" : "1") + "\n";
    }
  }
  data::write_file(directory_ / "log.csv", text);

  const auto begin = std::chrono::steady_clock::now();
  const ProgramResult result = scores("log.csv", "long", "scores");
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;

  ASSERT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_THAT(result.output, HasSubstr("235 clips scored by 5000 participants"));
  EXPECT_LT(seconds.count(), 30.0) << "5 s on a machine that does nothing else";
}

}  // namespace
}  // namespace musicmem::testing_support
