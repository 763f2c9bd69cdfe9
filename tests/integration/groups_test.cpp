// SPDX-License-Identifier: GPL-3.0-or-later
// Studies of several clips each of songs or artists, with other scores than shares.
#include "data/demo/study.h"
#include "data/files/csv.h"
#include "data/files/number_forms.h"
#include "data/labels.h"
#include "launcher/run/json_file.h"
#include "tests/integration/study_fixture.h"
#include "tests/own_path.h"

#include <cmath>
#include <map>
#include <set>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace musicmem::testing_support {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

double pooled(const fs::path& run) {
  return *data::parse_number(summary_cell(run, "svr", "vanilla", "pooled_spearman"));
}

// The artists of the synthetic study share sound and score: a model that has heard an artist seems to know more.
TEST(Groups, of_the_synthetic_study_look_worse_than_its_parted_tracks) {
  const fs::path directory = own_path();
  data::make_demo_study({.directory = directory / "demo", .clips = 60, .seed = 7, .groups = true});
  const auto run_to = [&](const std::string& name, const std::string& groups) {
    return run(
        program({"run", "demo/experiment.yaml", "--run-dir", name, "augment.pitch_semitones=[]",
                 "models=[{name: svr}]", "cross_validation.folds=4", "cross_validation.groups=" + groups},
                2),
        directory, 280);
  };

  const ProgramResult whole = run_to("whole", "on");
  const ProgramResult parted = run_to("parted", "ignore");

  ASSERT_EQ(whole.exit_code, 0) << whole.errors;
  ASSERT_EQ(parted.exit_code, 0) << parted.errors;
  EXPECT_GT(pooled(directory / "parted"), pooled(directory / "whole") + 0.15);
  EXPECT_THAT(parted.errors, HasSubstr("may stand on both sides of a split"));
  EXPECT_THAT(text_of(directory / "parted/report/report.md"),
              HasSubstr("may stand on both sides of a split"));
  EXPECT_THAT(text_of(directory / "whole/report/report.md"),
              AllOf(HasSubstr("60 tracks in 12 groups"), HasSubstr("the bootstrap draws whole groups")));
  std::map<std::string, std::set<int>> folds_of;
  const nlohmann::json plan = launcher::read_json(directory / "whole/plan.json");
  for (const auto& track : plan.at("tracks")) folds_of[track.at("group")].insert(track.at("fold").get<int>());
  EXPECT_EQ(folds_of.size(), 12U);
  for (const auto& [group, folds] : folds_of) EXPECT_EQ(folds.size(), 1U) << group;
  fs::remove_all(directory);
}

// The small study once more: in a folder for each artist, with a score from -3 to 3, in given folds.
class GroupedStudy : public SmallStudy {
 protected:
  void SetUp() override {
    SmallStudy::SetUp();
    std::string text = "track,dprime,artist,fold,year\n";
    const std::vector<data::Label> known = data::read_labels(labels()).labels;
    for (std::size_t i = 0; i < known.size(); ++i) {
      const std::string artist = "artist" + std::to_string(i % 4);
      fs::create_directories(directory_ / "tree" / artist);
      fs::copy(audio() / known[i].track, directory_ / "tree" / artist / known[i].track);
      text += artist + "/" + known[i].track + "," + data::format_number(6.0 * known[i].score - 3.0) + "," +
              artist + "," + std::to_string(i % 2) + "," + std::to_string(1990 + i % 3) + "\n";
    }
    write_text(directory_ / "tree.csv", text);
    write_text(directory_ / "tree.yaml",
               "data: {labels: tree.csv, audio: tree, target: {column: dprime, range: [-3, 3]}}\n"
               "augment: {pitch_semitones: []}\n"
               "cross_validation: {folds: given, groups: artist, seeds: [1]}\n"
               "models: [{name: mean}, {name: svr}, {name: ridge}]\n");
  }
};

TEST_F(GroupedStudy, runs_from_folders_to_the_report) {
  const ProgramResult result = musicmem({"run", "tree.yaml", "--run-dir", "run"}, 2);

  ASSERT_EQ(result.exit_code, 0) << result.errors;
  const std::string predictions = text_of(directory_ / "run/report/predictions.csv");
  EXPECT_THAT(predictions, HasSubstr("mean,vanilla,none,0,artist0/"));
  EXPECT_THAT(predictions, HasSubstr(".wav,artist0,"));
  EXPECT_THAT(text_of(directory_ / "run/report/report.md"), HasSubstr("12 tracks in 4 groups, dprime from"));
  EXPECT_TRUE(fs::exists(directory_ / "run/folds/ridge/vanilla/seed-none/fold-1"));
  EXPECT_FALSE(fs::exists(directory_ / "run/folds/ridge/vanilla/seed-none/fold-2"));
}

TEST_F(GroupedStudy, is_the_same_from_its_exported_table) {
  ASSERT_EQ(musicmem({"run", "tree.yaml", "--run-dir", "run"}).exit_code, 0);
  write_text(directory_ / "table.yaml",
             "data: {table: t.h5, target: {column: dprime, range: [-3, 3]}}\n"
             "cross_validation: {folds: 3, groups: artist, seeds: [1]}\nmodels: [{name: ridge}]\n");

  const ProgramResult exported = musicmem({"export", "run", "--output", "t.csv"});
  const ProgramResult imported =
      musicmem({"import", "t.csv", "--target", "dprime", "--group", "artist", "--output", "t.h5"});
  const ProgramResult again =
      musicmem({"export", "t.h5", "--target", "dprime", "--group", "artist", "--output", "t2.csv"});
  const ProgramResult run = musicmem({"run", "table.yaml", "--run-dir", "table-run"});
  const ProgramResult of_another = musicmem({"run", "table.yaml", "data.target.column=dprim"});

  ASSERT_EQ(exported.exit_code, 0) << exported.errors;
  ASSERT_EQ(imported.exit_code, 0) << imported.errors;
  ASSERT_EQ(again.exit_code, 0) << again.errors;
  EXPECT_EQ(text_of(directory_ / "t2.csv"), text_of(directory_ / "t.csv"));
  ASSERT_EQ(run.exit_code, 0) << run.errors;
  EXPECT_THAT(text_of(directory_ / "table-run/report/report.md"),
              HasSubstr("12 tracks in 4 groups, dprime from"));
  EXPECT_EQ(of_another.exit_code, 1);
  EXPECT_THAT(of_another.errors, HasSubstr("did you mean 'dprime'?"));
}

// The corrected test of Nadeau and Bengio over R k differences, by its formula from folds.csv.
TEST_F(GroupedStudy, is_repeated_with_other_partitions) {
  const ProgramResult result = musicmem({"run", "tree.yaml", "--run-dir", "run", "cross_validation.folds=2",
                                         "cross_validation.groups=ignore", "cross_validation.repeats=3"},
                                        2);

  ASSERT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_TRUE(fs::exists(directory_ / "run/folds/svr/vanilla/seed-none/repeat-2/fold-1/predictions.csv"));
  EXPECT_THAT(text_of(directory_ / "run/report/report.md"), HasSubstr("2 folds, repeated 3 times"));
  const data::CsvFile folds(directory_ / "run/report/folds.csv");
  std::map<std::string, std::map<std::string, double>> mse;  // model, fold
  for (std::size_t row = 0; row < folds.rows(); ++row)
    mse[folds.field(row, folds.column("model"))][folds.field(row, folds.column("fold"))] =
        folds.number(row, folds.column("mse"));
  ASSERT_EQ(mse.at("svr").size(), 6U);
  double mean = 0.0;
  double squares = 0.0;
  for (const auto& [fold, value] : mse.at("svr")) mean += (value - mse.at("ridge").at(fold)) / 6.0;
  for (const auto& [fold, value] : mse.at("svr"))
    squares += std::pow(value - mse.at("ridge").at(fold) - mean, 2) / 5.0;
  const double t =
      mean / std::sqrt((1.0 / 6.0 + 1.0) * squares);  // half of the tracks are tested: n_test / n_train is 1
  const data::CsvFile comparisons(directory_ / "run/report/comparisons.csv");
  bool is_there = false;
  for (std::size_t row = 0; row < comparisons.rows(); ++row) {
    const auto cell = [&](const char* name) { return comparisons.field(row, comparisons.column(name)); };
    if (cell("metric") != "mse" || cell("model_a") != "ridge" || cell("model_b") != "svr") continue;
    is_there = true;
    EXPECT_NEAR(comparisons.number(row, comparisons.column("t")), -t, 1e-9);
    EXPECT_EQ(cell("df"), "5");
  }
  EXPECT_TRUE(is_there) << text_of(directory_ / "run/report/comparisons.csv");
}

TEST_F(GroupedStudy, names_what_would_replace_its_fits) {
  const Words study = {"run", "tree.yaml", "--run-dir", "run"};
  const auto with = [&](const std::string& setting) {
    Words words = study;
    words.push_back(setting);
    return musicmem(words).errors;
  };
  ASSERT_EQ(musicmem(study, 2).exit_code, 0);
  const std::string table = text_of(directory_ / "tree.csv");
  const auto replaced = [&](const std::string& from, const std::string& to) {
    std::string text = table;
    text.replace(text.find(from), from.size(), to);
    write_text(directory_ / "tree.csv", text);
    return musicmem(study).errors;
  };

  EXPECT_THAT(with("data.target.range=[-3,4]"),
              HasSubstr("finished fits: data.target.range [-3, 3] -> [-3, 4]"));
  EXPECT_THAT(with("data.target.range=any"), HasSubstr("finished fits: data.target.range [-3, 3] -> any"));
  EXPECT_THAT(with("data.target={column: year, range: any}"),
              AllOf(HasSubstr("data.target.column dprime -> year"), ::testing::Not(HasSubstr("tree.csv"))));
  EXPECT_THAT(replaced(",artist0,0,", ",artist4,0,"), HasSubstr("finished fits: tree.csv changed"));
  write_text(directory_ / "tree.csv", table);
  EXPECT_THAT(with("cross_validation.groups=ignore"),
              HasSubstr("finished fits: cross_validation.groups artist -> ignore;"));
}

// The directories of their fits are a level deeper.
TEST_F(GroupedStudy, goes_on_with_its_repeats_and_computes_none_again) {
  const Words study = {"run",
                       "tree.yaml",
                       "--run-dir",
                       "run",
                       "cross_validation.folds=2",
                       "cross_validation.groups=ignore",
                       "cross_validation.repeats=2"};
  ASSERT_EQ(musicmem(study, 2).exit_code, 0);
  const auto before = contents_of(directory_ / "run/folds");
  fs::remove_all(directory_ / "run/folds/svr/vanilla/seed-none/repeat-1/fold-0");

  const ProgramResult again = musicmem(study, 2);

  EXPECT_EQ(again.exit_code, 0) << again.errors;
  EXPECT_TRUE(contents_of(directory_ / "run/folds") == before);
  EXPECT_EQ(count_in_logs(directory_ / "run", " done fit svr/vanilla/seed-none/repeat-0/fold-0,"), 1);
}

TEST_F(GroupedStudy, is_refused_where_folds_and_groups_cannot_be) {
  const auto problem = [&](const std::string& setting) {
    const ProgramResult result = musicmem({"run", "tree.yaml", "--run-dir", "run", setting});
    EXPECT_EQ(result.exit_code, 1);
    return result.errors;
  };
  EXPECT_THAT(problem("cross_validation.folds=5"), HasSubstr("cannot cut 4 groups into 5 folds"));
  EXPECT_THAT(problem("cross_validation.groups=year"),
              HasSubstr("group '1990' stands in the given folds 0 and 1"));
  EXPECT_THAT(problem("cross_validation.groups=album"), HasSubstr("has no column 'album'"));
  EXPECT_THAT(problem("data.target.range=[3,-3]"), HasSubstr("is reversed"));
  EXPECT_THAT(problem("data.target.range=[0,3]"), HasSubstr("lies outside [0, 3]"));
  EXPECT_THAT(problem("data.target.column=artist"), HasSubstr("artist is not a number"));
}

TEST_F(GroupedStudy, names_columns_that_it_reads_nothing_from_and_clips_that_are_one_recording) {
  const std::vector<data::Label> known = data::read_labels(labels()).labels;
  fs::copy(audio() / known[0].track, directory_ / "tree/artist1/copy.wav");
  write_text(directory_ / "tree.csv",
             text_of(directory_ / "tree.csv") + "artist1/copy.wav,0.1,artist1,1,1990\n");

  const ProgramResult result = musicmem({"validate", "tree.yaml"});

  EXPECT_THAT(result.output, HasSubstr("columns of the labels that nothing is read from: year"));
  EXPECT_THAT(result.output, HasSubstr("clip has the same bytes as another"));
}

}  // namespace
}  // namespace musicmem::testing_support
