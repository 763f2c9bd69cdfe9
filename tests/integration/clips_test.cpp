// SPDX-License-Identifier: GPL-3.0-or-later
// Clips of another length, place and cut into segments than the published study's.
#include "data/files/csv.h"
#include "features/sound/audio.h"
#include "tests/integration/study_fixture.h"

#include <algorithm>
#include <span>

#include <gmock/gmock.h>

namespace musicmem::testing_support {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class Clips : public SmallStudy {
 protected:
  const Words part_ = {"features.clip={seconds: 3, offset: 1.25, segment: 2, hop: 0.5}",
                       "augment.pitch_semitones=[]",
                       "models=[{name: svr}, {name: svr, label: classic, features: classic}, "
                       "{name: ssast, size: nano, epochs: 1, batch: 4}, "
                       "{name: ssast, label: by_segment, size: nano, input: segment, epochs: 1, batch: 4}]"};

  fs::path fold(const std::string& model) const {
    for (const char* seed : {"seed-none", "seed-5"}) {
      const fs::path found = directory_ / "run/folds" / model / "vanilla" / seed / "fold-0";
      if (fs::exists(found)) return found;
    }
    return {};
  }

  double score(const Words& arguments) const {
    const ProgramResult result = musicmem(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.errors;
    const std::size_t comma = result.output.rfind(',');
    return comma == std::string::npos ? 0.0 : std::stod(result.output.substr(comma + 1));
  }
};

TEST_F(Clips, of_a_part_are_trained_on_and_predicted_as_their_fold_was_tested) {
  ASSERT_EQ(run_study(part_).exit_code, 0);

  for (const std::string model : {"svr", "classic", "ssast", "by_segment"}) {
    const data::CsvFile expected(fold(model) / "predictions.csv");
    const std::string clip_path = (audio() / expected.field(0, 0)).string();
    const bool has_tensors = fs::exists(fold(model) / "weights.pth");
    const std::string weights = (fold(model) / (has_tensors ? "weights.pth" : "weights.h5")).string();

    EXPECT_NEAR(score({"predict", "--weights", weights, clip_path}), expected.number(0, 4), 1e-5) << model;
    if (!has_tensors) continue;
    ASSERT_EQ(musicmem({"export-weights", weights, "--output", "exported.pth"}).exit_code, 0);
    EXPECT_NEAR(score({"predict", "--weights", "exported.pth", clip_path}), expected.number(0, 4), 1e-5)
        << model;
  }
  EXPECT_EQ(data::CsvFile(fold("svr") / "segments.csv").rows(),
            3 * data::CsvFile(fold("svr") / "predictions.csv").rows());
  EXPECT_THAT(text_of(directory_ / "run/report/report.md"), HasSubstr("12 clips padded or trimmed to 3 s"));
  EXPECT_EQ(musicmem({"explain", "run", "--model", "by_segment", "--clips", "1"}).exit_code, 0);
}

TEST_F(Clips, of_an_offset_have_the_features_of_files_that_were_cut_there) {
  const std::vector<float> sound = features::read_clip(clip(0)).samples;
  const std::span<const float> part = std::span(sound).subspan(20000, 48000);
  const fs::path whole = directory_ / "whole" / clip(0).filename();
  const fs::path cut = directory_ / "cut" / clip(0).filename();
  features::write_wav(whole, sound, features::study_rate);
  features::write_wav(cut, part, features::study_rate);
  write_text(directory_ / "part.yaml",
             "data: {labels: labels.csv, audio: clips}\nmodels: [{name: svr}]\n"
             "features: {clip: {seconds: 3, offset: 1.25, segment: 0.5}}\n");

  const ProgramResult of_cut = musicmem({"features", cut.string(), "--seconds", "3", "--segment", "0.5"});
  const ProgramResult of_whole = musicmem({"features", whole.string(), "--study", "part.yaml"});

  EXPECT_EQ(of_whole.exit_code, 0) << of_whole.errors;
  EXPECT_EQ(of_whole.output, of_cut.output);
  EXPECT_EQ(std::ranges::count(of_whole.output, '\n'), 1 + 6);
}

TEST_F(Clips, of_a_table_are_those_that_its_study_was_of) {
  ASSERT_EQ(run_study({part_[0], part_[1], "models=[{name: svr}]"}).exit_code, 0);
  write_text(directory_ / "table.yaml",
             "data: {table: t.h5}\ncross_validation: {folds: 3}\nmodels: [{name: svr}]\n");

  ASSERT_EQ(musicmem({"export", "run", "--output", "t.csv"}).exit_code, 0);
  const ProgramResult imported = musicmem({"import", "t.csv", "--output", "t.h5"});
  const ProgramResult of_others = musicmem({"run", "table.yaml"});
  const ProgramResult of_its_own = musicmem({"run", "table.yaml", part_[0]});

  EXPECT_THAT(imported.errors, HasSubstr("of clips of 3 s from 1.25 s on"));
  EXPECT_EQ(of_others.exit_code, 1);
  EXPECT_THAT(of_others.errors,
              HasSubstr("set features.clip: {seconds: 3, offset: 1.25, segment: 2, hop: 0.5}"));
  EXPECT_EQ(of_its_own.exit_code, 0) << of_its_own.errors;
}

TEST_F(Clips, that_are_kept_are_made_anew_where_they_are_of_another_part) {
  const Words kept = {"models=[{name: mean}]", "augment={pitch_semitones: [1], keep_audio: true}"};
  const fs::path shifted = audio().parent_path() / "1_semitones" / clip(0).filename();
  const auto start = [&](const std::string& part) {
    EXPECT_EQ(run_study({kept[0], kept[1], "features.clip={" + part + "}"}, 0, "run-" + part.substr(9, 1))
                  .exit_code,
              0);
    return text_of(shifted);
  };

  const std::string published = start("seconds: 5");
  const std::string part = start("seconds: 3, offset: 1.25");
  const std::string again = start("seconds: 5");  // whose features are there
  write_text(shifted, "my own");
  const std::string own = start("seconds: 3, offset: 1.25");

  EXPECT_THAT(part, HasSubstr("clip_offset: 1.25"));
  EXPECT_THAT(published, ::testing::Not(HasSubstr("clip_offset")));
  EXPECT_TRUE(again == published);
  EXPECT_EQ(own, "my own") << "what is no clip of this program stays";
}

TEST_F(Clips, that_cannot_be_are_refused_in_one_line) {
  const ProgramResult too_short = musicmem({"features", clip(0).string(), "--segment", "0.1"});
  const ProgramResult too_late = musicmem({"features", clip(0).string(), "--offset", "4"});

  EXPECT_EQ(too_short.exit_code, 2);
  EXPECT_THAT(too_short.errors, HasSubstr("segment must be a number from 0.128 to 60, not 0.1"));
  EXPECT_EQ(too_late.exit_code, 1);
  EXPECT_THAT(too_late.errors, HasSubstr("much too short: 5.00 s of the 9.00 s to the end of a clip"));
}

}  // namespace
}  // namespace musicmem::testing_support
