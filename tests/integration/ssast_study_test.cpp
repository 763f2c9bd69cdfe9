// SPDX-License-Identifier: GPL-3.0-or-later
// SSAST as a task of a study: groups of ranks train it while others run the small models, and a fit that was
// cut off ends as an undisturbed one.
#include "data/files/csv.h"
#include "tests/integration/scripts.h"
#include "tests/integration/study_fixture.h"

#include <cmath>
#include <csignal>

#include <gmock/gmock.h>

namespace musicmem::testing_support {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Key;
using ::testing::StartsWith;

class SsastStudy : public SmallStudy {
 protected:
  static Words settings(int epochs, int ranks_per_model) {
    return {"augment.pitch_semitones=[]",
            "models=[{name: svr}, {name: mlp, max_epochs: 3}, "
            "{name: ssast, size: nano, input: segment, batch: 16, learning_rate: 1e-3, epochs: " +
                std::to_string(epochs) + "}]",
            "runtime.ranks_per_model=" + std::to_string(ranks_per_model), "runtime.threads_per_rank=1"};
  }
};

TEST_F(SsastStudy, groups_train_while_other_ranks_run_the_small_models) {
  const ProgramResult result = run_study(settings(2, 2), 4);

  ASSERT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_THAT(result.errors, HasSubstr("warning: ssast: no pre-trained weights are given"));
  for (const char* fold : {"fold-0", "fold-1", "fold-2"}) {
    const auto files = contents_of(directory_ / "run/folds/ssast/vanilla/seed-5" / fold);
    for (const char* name : {"predictions.csv", "segments.csv", "metrics.json", "weights.pth"}) {
      EXPECT_THAT(files, Contains(Key(name))) << fold;
    }
  }
  EXPECT_NE(summary_cell(directory_ / "run", "ssast", "vanilla", "mse_mean"), "");
  // Every rank of a group begins and ends each of its fits.
  EXPECT_EQ(count_in_logs(directory_ / "run", " done fit ssast/"), 3 * 2);
  EXPECT_EQ(count_in_logs(directory_ / "run", " done fit svr/"), 3);
  EXPECT_EQ(count_in_logs(directory_ / "run", "inside the passes"), 3);
  EXPECT_FALSE(fs::exists(directory_ / "run/checkpoints"));

  const fs::path fit = "run/folds/ssast/vanilla/seed-5/fold-0";
  const data::CsvFile expected(directory_ / fit / "predictions.csv");
  const ProgramResult predicted =
      run(program({"predict", "--weights", (fit / "weights.pth").string(), "--json", clip(0).string()}),
          directory_);
  ASSERT_EQ(predicted.exit_code, 0) << predicted.errors;
  // Fold 0 tests the first clip; its segments are averaged here as there.
  EXPECT_EQ(expected.field(0, 0), clip(0).filename().string());
  EXPECT_NEAR(std::stod(predicted.output.substr(predicted.output.find("\"score\":") + 8)),
              expected.number(0, 4), 1e-5);

  EXPECT_EQ(run(program({"export-weights", fit.string(), "--output", "copy.pth"}), directory_).exit_code, 0);
  EXPECT_EQ(run(program({"features", clip(0).string(), "--set", "fbank", "--output", "clip.h5"}), directory_)
                .exit_code,
            0);
  const ProgramResult in_python = run(script("predict_in_pytorch.py", {"copy.pth", "clip.h5"}), directory_);
  if (in_python.exit_code != skipped) {
    ASSERT_EQ(in_python.exit_code, 0) << in_python.errors;
    EXPECT_NEAR(std::stod(in_python.output), expected.number(0, 4), 1e-6);
  }

  const ProgramResult events =
      run(script("read_events.py", {(directory_ / "run/tensorboard/ssast").string()}), directory_);
  if (events.exit_code != skipped) {
    EXPECT_EQ(events.exit_code, 0) << events.output << events.errors;
  }
}

TEST_F(SsastStudy, a_fit_that_was_killed_or_interrupted_ends_with_the_same_files) {
  const Words study = settings(6, 2);
  ASSERT_EQ(run_study(study, 2, "undisturbed").exit_code, 0);
  const fs::path run_path = directory_ / "run";
  {
    BackgroundProgram job(study_command(study, 2, "run"), directory_, directory_ / "job.log");
    ASSERT_TRUE(wait_for([&] { return count_in_logs(run_path, ": epoch 3: loss") >= 1; }, 200))
        << text_of(directory_ / "job.log");
    job.kill_all();
  }
  EXPECT_TRUE(fs::exists(run_path / "checkpoints"));
  {
    BackgroundProgram job(study_command(study, 2, "run"), directory_, directory_ / "job.log");
    ASSERT_TRUE(wait_for([&] { return count_in_logs(run_path, ": epoch 5: loss") >= 1; }, 200))
        << text_of(directory_ / "job.log");
    job.send(SIGUSR1);
    EXPECT_EQ(job.wait(), 75);
  }
  const ProgramResult result = run_study(study, 2);

  ASSERT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_GE(count_in_logs(run_path, ": resumes from epoch"), 1);
  EXPECT_TRUE(contents_of(run_path / "folds") == contents_of(directory_ / "undisturbed/folds"));
  const ProgramResult events =
      run(script("read_events.py", {(run_path / "tensorboard/ssast").string()}), directory_);
  if (events.exit_code != skipped) {
    EXPECT_EQ(events.exit_code, 0) << events.output << events.errors;
  }
  EXPECT_FALSE(fs::exists(run_path / "checkpoints"));
}

TEST_F(SsastStudy, a_fit_that_failed_goes_on_from_its_checkpoint) {
  fs::create_directories(directory_ / "run/folds");
  write_text(directory_ / "run/folds/ssast", "in the way of its fits");
  const ProgramResult failed = run_study(settings(2, 1), 2);
  EXPECT_EQ(failed.exit_code, 3) << failed.errors;
  EXPECT_TRUE(fs::exists(directory_ / "run/checkpoints/ssast/vanilla/seed-5/fold-0"));
  fs::remove(directory_ / "run/folds/ssast");

  const ProgramResult mended = run_study(settings(2, 1), 2);

  EXPECT_EQ(mended.exit_code, 0) << mended.errors;
  EXPECT_EQ(count_in_logs(directory_ / "run", ": resumes from epoch 3"), 3);
  EXPECT_FALSE(fs::exists(directory_ / "run/checkpoints"));
}

TEST_F(SsastStudy, a_start_that_lost_the_run_in_a_fit_ends_and_leaves_no_word_in_it) {
  const fs::path run_path = directory_ / "run";
  BackgroundProgram job(study_command(settings(40, 2), 2, "run"), directory_, directory_ / "job.log");
  ASSERT_TRUE(wait_for([&] { return count_in_logs(run_path, ": epoch 2: loss") >= 1; }, 200))
      << text_of(directory_ / "job.log");
  std::string lease = text_of(run_path / "lease.json");
  const std::size_t epoch = lease.find("\"epoch\":1");
  ASSERT_NE(epoch, std::string::npos) << lease;
  write_text(run_path / "lease.json", lease.replace(epoch, 9, "\"epoch\":2"));

  EXPECT_EQ(job.wait(), 1);

  EXPECT_THAT(text_of(directory_ / "job.log"), HasSubstr("was taken over by another start"));
  EXPECT_FALSE(fs::exists(run_path / "failures")) << "of another's run";
  EXPECT_TRUE(fs::exists(run_path / "checkpoints/ssast")) << "another's by now";
}

TEST_F(SsastStudy, explanations_by_sound_add_up_to_the_predictions_on_any_number_of_ranks) {
  ASSERT_EQ(run_study(settings(2, 1), 2).exit_code, 0);
  const fs::path explained = directory_ / "run/explain/ssast";
  const Words command = {"explain", "run", "--model", "ssast", "--clips", "1"};

  const ProgramResult on_two = run(program(command, 2), directory_);
  const auto files = contents_of(explained);
  fs::remove_all(explained);
  const ProgramResult alone = run(program(command), directory_);

  ASSERT_EQ(on_two.exit_code, 0) << on_two.errors;
  ASSERT_EQ(alone.exit_code, 0) << alone.errors;
  EXPECT_TRUE(contents_of(explained) == files);
  for (const char* name : {"clips.csv", "bands.csv", "attributions.h5", "figures/ssast-highest.svg",
                           "figures/ssast-lowest.png", "figures/ssast-bands.svg"}) {
    EXPECT_THAT(files, Contains(Key(name)));
  }
  const data::CsvFile csv(explained / "clips.csv");
  ASSERT_EQ(csv.rows(), 2);
  double highest = 0.0;
  double lowest = 0.0;
  for (std::size_t row = 0; row < csv.rows(); ++row) {
    const double prediction = csv.number(row, csv.column("prediction"));
    const double distance = prediction - csv.number(row, csv.column("base"));
    EXPECT_NEAR(csv.number(row, csv.column("attributed")), distance, 0.1 * std::abs(distance) + 1e-4);
    // The explained score is the one that the study reports, segments and all.
    const fs::path fit =
        directory_ / "run/folds/ssast/vanilla/seed-5" / ("fold-" + csv.field(row, csv.column("fold")));
    const data::CsvFile predictions(fit / "predictions.csv");
    for (std::size_t p = 0; p < predictions.rows(); ++p) {
      if (predictions.field(p, 0) != csv.field(row, csv.column("track"))) continue;
      EXPECT_NEAR(predictions.number(p, predictions.column("prediction")), prediction, 1e-5);
    }
    if (csv.field(row, 0) == "highest-1") highest = prediction;
    if (csv.field(row, 0) == "lowest-1") lowest = prediction;
  }
  EXPECT_GT(highest, lowest);
  ASSERT_EQ(run(program({"report", "run"}), directory_).exit_code, 0);
  EXPECT_THAT(text_of(directory_ / "run/report/index.html"), HasSubstr("Integrated gradients"));
  EXPECT_TRUE(fs::exists(directory_ / "run/report/figures/ssast-highest.png"));
}

TEST_F(SsastStudy, says_what_is_wrong_with_its_settings) {
  const auto errors = [&](const Words& overrides, int ranks) { return run_study(overrides, ranks).errors; };
  Words small_batch = settings(1, 2);
  small_batch[1] = "models=[{name: ssast, size: nano, batch: 1}]";
  Words other_bins = settings(1, 1);
  other_bins[1] = "models=[{name: ssast, size: nano, target_length: 9}]";

  EXPECT_THAT(errors(settings(1, 4), 2),
              HasSubstr("runtime.ranks_per_model is 4, but there are not so many ranks"));
  EXPECT_THAT(errors(small_batch, 2), HasSubstr("batch of 1 rows is smaller than the group of 2 ranks"));
  EXPECT_THAT(errors(other_bins, 0), HasSubstr("shorter than a patch"));
}

}  // namespace
}  // namespace musicmem::testing_support
