// SPDX-License-Identifier: GPL-3.0-or-later
// What is made of a finished study: predictions of clips, old and new.
#include "data/files/csv.h"
#include "tests/integration/report_fixture.h"

#include <algorithm>

#include <gmock/gmock.h>

namespace musicmem::testing_support {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

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
  EXPECT_EQ(std::ranges::count(csv.field(0, 8), ';'), 2);
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

}  // namespace
}  // namespace musicmem::testing_support
