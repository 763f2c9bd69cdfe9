// SPDX-License-Identifier: GPL-3.0-or-later
// However a study's clips are called and its labels are written: the same predictions.
#include "data/files/csv.h"
#include "tests/integration/scripts.h"
#include "tests/integration/study_fixture.h"

#include <gmock/gmock.h>

namespace musicmem::testing_support {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class NamesAndTables : public SmallStudy {
 protected:
  const std::string models_ = "models=[{name: mean}, {name: svr}]";
  const std::string kept_audio_ = "augment={pitch_semitones: [1], keep_audio: true}";
  const Words settings_ = {models_, "augment.pitch_semitones=[]"};

  // Predictions of all folds, by label file row: the tracks may be called otherwise.
  std::vector<std::string> predictions(const std::string& run) {
    std::map<std::string, std::string> of_track;
    for (const auto& [name, text] : contents_of(directory_ / run / "folds/svr")) {
      if (!name.ends_with("predictions.csv")) continue;
      const data::CsvFile csv(directory_ / run / "folds/svr" / name);
      for (std::size_t row = 0; row < csv.rows(); ++row) {
        of_track[csv.field(row, csv.column("track"))] =
            csv.field(row, csv.column("label")) + " " + csv.field(row, csv.column("prediction"));
      }
    }
    std::vector<std::string> in_order;
    const data::CsvFile csv(labels(), {"track", "score"});
    for (std::size_t row = 0; row < csv.rows(); ++row) {
      const std::string& track = csv.field(row, csv.column("track"));
      EXPECT_TRUE(of_track.contains(track)) << track;
      in_order.push_back(of_track[track]);
    }
    return in_order;
  }

  ProgramResult run_well(const std::string& run) {
    ProgramResult result = run_study(settings_, 0, run);
    EXPECT_EQ(result.exit_code, 0) << result.errors;
    return result;
  }

  std::vector<std::string> predictions_of_plain_names() {
    run_well("plain");
    return predictions("plain");
  }

  // Replaces the labels by those that Python writes from `plain_`, and renames the clips where the form does.
  void write_form(const std::string& form) {
    const ProgramResult result = testing_support::run(
        script("write_labels.py", {form, plain_.string(), labels().string(), audio().string()}), directory_);
    ASSERT_EQ(result.exit_code, 0) << result.errors;
  }

  void SetUp() override {
    SmallStudy::SetUp();
    plain_ = directory_ / "plain.csv";
    fs::copy_file(labels(), plain_);
  }

  fs::path plain_;
};

TEST_F(NamesAndTables, labels_in_the_forms_of_spreadsheets_give_identical_folds) {
  run_well("plain");
  const auto expected = contents_of(directory_ / "plain/folds");
  const std::map<std::string, std::string> notes = {{"semicolons", "semicolons; numbers with decimal commas"},
                                                    {"tabs_utf16", "UTF-16 text; columns separated by tabs"},
                                                    {"old_mac", "CR; column 'Track' as 'track'"},
                                                    {"percent", "percentages as shares of 1"},
                                                    {"empty_rows", "3 empty rows left out"}};
  for (const auto& [form, note] : notes) {
    write_form(form);

    const ProgramResult result = run_well(form);

    EXPECT_THAT(result.errors, HasSubstr(note)) << form;
    EXPECT_EQ(contents_of(directory_ / form / "folds"), expected) << form;
    EXPECT_THAT(musicmem({"validate", "study/experiment.yaml"}).output, HasSubstr(note));
  }
}

TEST_F(NamesAndTables, labels_without_extension_or_with_a_folder_use_the_features_that_are_there) {
  const std::vector<std::string> expected = predictions_of_plain_names();
  const auto shards = contents_of(store() / "shards");
  const std::map<std::string, std::string> notes = {
      {"without_extension", "12 labels matched without their extension, such as"},
      {"with_folder", "12 labels matched without their folder, such as 'clips/"}};
  for (const auto& [form, note] : notes) {
    write_form(form);

    const ProgramResult result = run_well(form);

    EXPECT_THAT(result.errors, HasSubstr(note));
    EXPECT_EQ(predictions(form), expected) << form;
    EXPECT_EQ(contents_of(store() / "shards"), shards) << form;
  }
}

TEST_F(NamesAndTables, clips_match_in_any_form_of_unicode) {
  const std::vector<std::string> expected = predictions_of_plain_names();
  write_form("decomposed");

  const ProgramResult result = run_well("decomposed");

  EXPECT_EQ(predictions("decomposed"), expected);
  EXPECT_THAT(result.errors, AllOf(Not(HasSubstr("without a label")), Not(HasSubstr("failed"))));
}

TEST_F(NamesAndTables, tables_and_kept_audio_match_in_any_form_of_unicode) {
  write_form("decomposed");
  const data::CsvFile csv(labels());
  std::string tempo = "track,bpm\n";
  for (std::size_t row = 0; row < csv.rows(); ++row)
    tempo += data::csv_field(csv.field(row, csv.column("track"))) + ",120\n";
  write_text(directory_ / "tempo.csv", tempo);
  const Words settings = {models_, "features.ehc.tempo=tempo.csv", kept_audio_};
  EXPECT_EQ(run_study(settings).exit_code, 0);
  const fs::path kept = audio().parent_path() / "1_semitones";
  const fs::path first = fs::directory_iterator(kept)->path();
  const std::string name = first.filename();
  const std::size_t index = static_cast<std::size_t>(std::stoi(name));  // "07 - ..."
  fs::rename(first, kept / csv.field(index, csv.column("track")));

  EXPECT_EQ(run_study(settings).exit_code, 0);

  EXPECT_EQ(contents_of(kept).size(), clips) << "the clip's kept audio was made once more";
}

TEST_F(NamesAndTables, may_be_as_long_as_the_file_system_takes) {
  const std::vector<std::string> expected = predictions_of_plain_names();
  write_form("long");

  const ProgramResult result = run_study({models_, kept_audio_}, 0, "long");

  EXPECT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_EQ(predictions("long"), expected);
  for (const auto& [name, bytes] : contents_of(directory_ / "study"))
    EXPECT_EQ(name.find(".tmp."), std::string::npos) << name;
}

TEST_F(NamesAndTables, exported_ids_are_stems_where_names_are_not_published_ones) {
  write_form("stimuli");
  run_well("stimuli");

  const ProgramResult result =
      musicmem({"export", "study/experiment.yaml", settings_[0], settings_[1], "--output", "out.csv"});

  ASSERT_EQ(result.exit_code, 0) << result.errors;
  const data::CsvFile csv(directory_ / "out.csv");
  EXPECT_EQ(csv.rows(), 9 * clips);
  EXPECT_EQ(csv.field(0, csv.column("YT_id")), "stimulus_000_normalized");
}

TEST_F(NamesAndTables, labels_that_name_no_file_say_what_is_near) {
  const std::string name = clip(2).filename();
  const std::string stem = clip(2).stem();
  write_text(labels(), text_of(plain_).replace(text_of(plain_).find(name), name.size(), stem + ".mp3"));

  const ProgramResult result = run_study(settings_);

  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(result.errors, HasSubstr("no readable audio file: there is only '" + name + "'"));
}

}  // namespace
}  // namespace musicmem::testing_support
