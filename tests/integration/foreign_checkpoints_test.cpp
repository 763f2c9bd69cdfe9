// SPDX-License-Identifier: GPL-3.0-or-later
// SSAST checkpoints that other programs wrote, scored as PyTorch scores them.
#include "tests/integration/scripts.h"
#include "tests/integration/study_fixture.h"

#include <cmath>
#include <utility>

#include <gmock/gmock.h>

namespace musicmem::testing_support {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class ForeignCheckpoints : public SmallStudy {
 protected:
  void SetUp() override {
    const std::string modules =
        "import importlib.util as u; exit(not (u.find_spec('torch') and u.find_spec('h5py')))";
    if (run({"/usr/bin/python3", "-c", modules}, ".").exit_code != 0)
      GTEST_SKIP() << "python3-torch or python3-h5py is not installed";
    SmallStudy::SetUp();
    ASSERT_EQ(musicmem({"features", clip(0).string(), "--set", "fbank", "--output", "clip.h5"}).exit_code, 0);
  }

  // Writes a checkpoint with the script's options; the score that PyTorch gives the first clip.
  double make(const std::string& file, const Words& options) {
    Words words = {file, "clip.h5"};
    words.insert(words.end(), options.begin(), options.end());
    const ProgramResult result = run(script("make_checkpoint.py", words), directory_);
    EXPECT_EQ(result.exit_code, 0) << result.errors;
    return result.exit_code == 0 ? std::stod(result.output) : -1.0;
  }

  ProgramResult predict(const std::string& file, const Words& options) {
    Words words = {"predict", "--weights", file, "--json", clip(0).string()};
    words.insert(words.end(), options.begin(), options.end());
    return musicmem(words);
  }

  static double score_of(const ProgramResult& result) {
    EXPECT_EQ(result.exit_code, 0) << result.errors;
    const std::size_t place = result.output.find("\"score\":");
    return place == std::string::npos ? -1.0 : std::stod(result.output.substr(place + 8));
  }
};

TEST_F(ForeignCheckpoints, score_as_in_pytorch_whatever_their_grid_and_pooling) {
  struct Case {
    Words made;
    Words said;
  };
  const Case cases[] = {
      {{"--frames", "100"}, {}},
      {{"--frames", "500", "--pooling", "cls"}, {"--pooling", "cls"}},
      {{"--frames", "1024"}, {}},
      {{"--stride", "16", "--frames", "100"}, {"--stride", "16"}},
      {{"--stride", "16", "--frames", "100", "--pooling", "cls"}, {"--frames", "100", "--pooling", "cls"}},
      {{"--stride", "16", "--frames", "500"}, {}},
      {{"--stride", "16", "--frames", "1024", "--pooling", "cls"}, {"--pooling", "cls"}},
      {{"--stride", "12", "--frames", "500"}, {}},
      {{"--patches", "frame", "--frames", "500"}, {}}};
  for (const auto& [made, said] : cases) {
    const double expected = make("tuned.pth", made);

    const ProgramResult predicted = predict("tuned.pth", said);

    EXPECT_NEAR(score_of(predicted), expected, 1e-5) << ::testing::PrintToString(made);
    EXPECT_THAT(predicted.errors, HasSubstr("tuned.pth: "));
  }
}

TEST_F(ForeignCheckpoints, a_grid_that_is_not_known_is_asked_for_and_shown) {
  const double expected = make("tuned.pth", {"--stride", "16", "--frames", "100"});

  const ProgramResult asked = predict("tuned.pth", {});
  const ProgramResult other = predict("tuned.pth", {"--stride", "10"});
  const ProgramResult shown = musicmem({"inspect", "tuned.pth"});

  EXPECT_EQ(asked.exit_code, 1);
  EXPECT_EQ(asked.output, "");
  EXPECT_THAT(asked.errors,
              AllOf(HasSubstr("8 x 6 patches of stride 16"), HasSubstr("12 x 4 patches of stride 10"),
                    HasSubstr("--stride"), HasSubstr("--frames")));
  EXPECT_GT(std::abs(score_of(other) - expected), 1e-3);
  EXPECT_THAT(shown.output,
              AllOf(HasSubstr("grid 8x6 or 12x4"), HasSubstr("not in the file"),
                    HasSubstr("pooling:     not in the file; predict takes avgtok"), HasSubstr("4.5689974")));
}

TEST_F(ForeignCheckpoints, prefixes_and_wrappers_do_not_matter_and_are_named) {
  const std::pair<Words, std::string> cases[] = {
      {{"--prefix", "_orig_mod."}, "prefix '_orig_mod.' taken off"},
      {{"--prefix", "module.module.", "--form", "model"}, "prefix 'module.module.' taken off"},
      {{"--prefix", "model._orig_mod.", "--form", "lightning"}, "prefix 'model._orig_mod.' taken off"},
      {{"--form", "safetensors"}, "12 x 49 patches of stride 10"},
      {{"--prefix", "module.", "--form", "safetensors"}, "prefix 'module.' taken off"}};
  for (const auto& [made, said] : cases) {
    const double expected = make("tuned.ckpt", made);

    const ProgramResult predicted = predict("tuned.ckpt", {});
    const ProgramResult exported = musicmem({"export-weights", "tuned.ckpt", "--output", "copy.pth"});
    const ProgramResult copy = predict("copy.pth", {});

    EXPECT_NEAR(score_of(predicted), expected, 1e-5) << ::testing::PrintToString(made);
    EXPECT_THAT(predicted.errors, HasSubstr(said));
    EXPECT_EQ(exported.exit_code, 0) << exported.errors;
    EXPECT_EQ(score_of(copy), score_of(predicted));
    EXPECT_THAT(copy.errors, Not(HasSubstr("prefix")));
    EXPECT_EQ(musicmem({"inspect", "tuned.ckpt"}).exit_code, 0);
  }
}

TEST_F(ForeignCheckpoints, pre_trained_weights_of_a_study_say_how_they_are_read) {
  make("tuned.safetensors", {"--prefix", "model.", "--stride", "16", "--form", "safetensors"});
  const ProgramResult result = run_study(
      {"augment.pitch_semitones=[]",
       "models=[{name: ssast, size: nano, head: plain, input: segment, epochs: 1, batch: 16, pretrained: " +
           (directory_ / "tuned.safetensors").string() + "}]"});

  ASSERT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_THAT(result.errors,
              HasSubstr("tuned.safetensors: prefix 'model.' taken off; positions: 8 x 31 patches"));
  const ProgramResult shown = musicmem({"inspect", "run/folds/ssast/vanilla/seed-5/fold-0"});
  EXPECT_THAT(shown.output, AllOf(HasSubstr("12 x 9 patches of stride 10 (100 frames)"), HasSubstr("avgtok"),
                                  Not(HasSubstr("not in the file"))));
}

using RunsAndCheckpoints = SmallStudy;

TEST_F(RunsAndCheckpoints, how_a_checkpoint_is_read_is_nothing_to_say_of_a_run) {
  const ProgramResult result = musicmem({"predict", "--run", "run", "--stride", "16", clip(0).string()});

  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.errors, HasSubstr("--stride"));
}

}  // namespace
}  // namespace musicmem::testing_support
