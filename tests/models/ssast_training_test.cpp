// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/error.h"
#include "config/experiment.h"
#include "distributed/agreement.h"
#include "distributed/local_communicator.h"
#include "models/ssast/training/fit.h"
#include "models/ssast/training/training.h"
#include "tests/own_path.h"
#include "tests/support/thread_communicator.h"
#include "weights/pth_file.h"

#include <atomic>
#include <filesystem>
#include <limits>
#include <mutex>
#include <thread>

#include "small_training.h"
#include <gmock/gmock.h>

namespace musicmem::models {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::spectrograms;
using testing::train;
using testing::Trained;

config::SsastSettings short_settings() {
  config::SsastSettings settings = testing::nano_settings(2);
  settings.training.average_from = 2;
  return settings;
}

SsastTask task_with_validation(const SpectrogramTable& table) {
  return testing::task_over(table, 5);
}

Trained train_alone(const config::SsastSettings& settings, std::size_t threads = 1) {
  const SpectrogramTable table = spectrograms(18);
  distributed::LocalCommunicator alone;
  return train(table, task_with_validation(table), settings, {.group = alone, .threads = threads});
}

Trained train_in_group(int ranks, const config::SsastSettings& settings) {
  const SpectrogramTable table = spectrograms(18);
  const SsastTask task = task_with_validation(table);
  std::vector<Trained> all(static_cast<std::size_t>(ranks));
  distributed::run_as_threads(ranks, [&](distributed::Communicator& group) {
    group.set_deadline(std::chrono::seconds(60));
    all[static_cast<std::size_t>(group.rank())] = train(table, task, settings, {.group = group});
  });
  for (const Trained& other : all) EXPECT_TRUE(at::equal(other.values, all.front().values));
  return all.front();
}

void expect_same_training(const Trained& one, const Trained& other) {
  ASSERT_EQ(one.outcome.step_losses.size(), other.outcome.step_losses.size());
  for (std::size_t step = 0; step < one.outcome.step_losses.size(); ++step) {
    EXPECT_NEAR(one.outcome.step_losses[step] / other.outcome.step_losses[step], 1.0, 1e-5)
        << "step " << step;
  }
  EXPECT_NEAR((one.values.norm() / other.values.norm()).item<double>(), 1.0, 1e-5);
}

// 15 of the 18 tracks train: batches of 8 and 7, an uneven tail.
TEST(SsastTraining, groups_of_any_size_make_the_same_steps) {
  const Trained alone = train_alone(short_settings());

  expect_same_training(train_in_group(2, short_settings()), alone);
  expect_same_training(train_in_group(3, short_settings()), alone);
}

TEST(SsastTraining, threads_and_accumulation_make_the_same_steps) {
  const Trained alone = train_alone(short_settings());
  config::SsastSettings accumulating = short_settings();
  accumulating.training.accumulate = 3;

  expect_same_training(train_alone(short_settings(), 2), alone);
  expect_same_training(train_alone(accumulating), alone);
}

TEST(SsastTraining, learns_labels_that_the_spectrogram_shows) {
  config::SsastSettings settings = short_settings();
  settings.head = config::SsastHead::plain;  // without dropout, whose noise hides the fall of the loss
  settings.training.epochs = 12;
  settings.training.spec_augment.mask_bins = settings.training.spec_augment.mask_frames = 0;

  const Trained trained = train_alone(settings, 2);

  EXPECT_LT(trained.outcome.curve.back().train_loss, 0.5 * trained.outcome.curve.front().train_loss);
}

class InterruptedTraining : public ::testing::Test {
 protected:
  ~InterruptedTraining() override { std::filesystem::remove_all(directory_); }

  std::filesystem::path directory_ = own_path();
};

TEST_F(InterruptedTraining, ends_with_the_same_bits_as_an_undisturbed_one) {
  const SpectrogramTable table = spectrograms(18);
  const SsastTask task = task_with_validation(table);
  distributed::LocalCommunicator alone;
  const weights::CheckpointDirectory checkpoints(directory_, "this fit");
  const Trained undisturbed = train(table, task, short_settings(), {.group = alone});

  int steps = 0;
  FitRun run{.group = alone, .checkpoints = &checkpoints, .stop_requested = [&] { return ++steps == 3; }};
  EXPECT_THROW(train(table, task, short_settings(), run), distributed::Interrupted);
  run.stop_requested = {};
  const Trained resumed = train(table, task, short_settings(), run, checkpoints.load_newest());

  EXPECT_EQ(resumed.outcome.step_losses.size(), 1U);
  EXPECT_TRUE(at::equal(resumed.values, undisturbed.values));
  EXPECT_EQ(resumed.outcome.curve.size(), 2U);
  EXPECT_EQ(resumed.outcome.curve.front().train_loss, undisturbed.outcome.curve.front().train_loss);
}

// What each of two ranks says when rank 1 cannot read any more after so many samples.
std::vector<std::string> causes_where_reading_fails(int samples, const config::SsastSettings& settings) {
  const SpectrogramTable table = spectrograms(18);
  const SsastTask task = task_with_validation(table);
  std::mutex mutex;
  std::vector<std::string> causes;
  distributed::run_as_threads(2, [&](distributed::Communicator& group) {
    group.set_deadline(std::chrono::seconds(20));
    SpectrogramTable own = table;
    if (group.rank() == 1) {
      own.read_sample = [good = table.read_sample, left = samples](std::size_t sample) mutable {
        if (--left < 0) throw Error("the disk is gone");
        return good(sample);
      };
    }
    try {
      train(own, task, settings, {.group = group});
    } catch (const distributed::SharedError& error) {
      EXPECT_EQ(error.rank(), 1);
      const std::lock_guard lock(mutex);
      causes.emplace_back(error.what());
    }
  });
  return causes;
}

void expect_the_cause_on_both(const std::vector<std::string>& causes) {
  ASSERT_EQ(causes.size(), 2U);
  for (const std::string& cause : causes) EXPECT_THAT(cause, HasSubstr("the disk is gone"));
}

TEST(SsastTraining, a_rank_that_fails_ends_the_fit_on_all_with_its_cause) {
  expect_the_cause_on_both(causes_where_reading_fails(0, short_settings()));
}

TEST(SsastTraining, a_rank_that_fails_in_a_later_step_ends_the_fit_on_all_with_its_cause) {
  config::SsastSettings settings = short_settings();
  settings.training.batch = 4;  // of 2 rows on each rank
  expect_the_cause_on_both(causes_where_reading_fails(4, settings));

  settings.training.accumulate = 2;
  expect_the_cause_on_both(causes_where_reading_fails(4, settings));
}

TEST(SsastTraining, a_wait_within_a_step_ends_with_its_step_and_time) {
  const SpectrogramTable table = spectrograms(18);
  const SsastTask task = task_with_validation(table);
  std::atomic<bool> over = false;
  std::vector<std::string> waits;

  const auto rank = [&](distributed::Communicator& group) {
    SpectrogramTable own = table;
    FitRun run{.group = group, .step_deadline = std::chrono::milliseconds(300)};
    if (group.rank() == 1) {
      own.read_sample = [&](std::size_t sample) {
        for (int i = 0; i < 1000 && !over; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
        return table.read_sample(sample);
      };
    } else {
      run.waiting_for = [&](const std::string& what) { waits.push_back(what); };
    }
    try {
      train(own, task, short_settings(), run);
    } catch (...) {
      over = true;
      throw;
    }
  };

  try {
    distributed::run_as_threads(2, rank);
    FAIL() << "nothing was thrown";
  } catch (const distributed::TimeoutError& error) {
    EXPECT_THAT(error.what(),
                AllOf(HasSubstr("epoch 1, step 1, slice 0 of the gradients"), HasSubstr("waited 0.3 s")));
  }
  EXPECT_THAT(waits, ElementsAre("the gradients of epoch 1, step 1", ""));
}

TEST(SsastTraining, a_run_that_is_anothers_ends_the_job_and_not_the_fit) {
  const SpectrogramTable table = spectrograms(18);
  const std::filesystem::path directory = own_path();
  const weights::CheckpointDirectory checkpoints(directory, "this fit");
  distributed::LocalCommunicator alone;
  const FitRun run{.group = alone, .checkpoints = &checkpoints, .before_saving = [] {
                     throw distributed::CommunicationError("a fit", 0, -1, "the run is another's");
                   }};

  EXPECT_THROW(train(table, task_with_validation(table), short_settings(), run),
               distributed::CommunicationError);
  EXPECT_FALSE(std::filesystem::exists(directory));
}

TEST(SsastTraining, skips_steps_that_are_not_finite_and_gives_up_after_some) {
  SpectrogramTable table = spectrograms(18);
  table.read_sample = [good = table.read_sample](std::size_t sample) {
    std::vector<float> values = good(sample);
    if (sample == 0) values.front() = std::numeric_limits<float>::quiet_NaN();
    return values;
  };
  const SsastTask task = task_with_validation(table);
  distributed::LocalCommunicator alone;
  config::SsastSettings settings = short_settings();
  settings.training.spec_augment.mask_bins = settings.training.spec_augment.mask_frames = 0;

  const Trained trained = train(table, task, settings, {.group = alone});
  EXPECT_EQ(trained.outcome.bad_steps, 2);
  EXPECT_TRUE(trained.values.isfinite().all().item<bool>());

  settings.training.batch = 15;
  settings.training.max_bad_steps = 2;
  EXPECT_THROW(train(table, task, settings, {.group = alone}), Error);
}

TEST(SsastTraining, refuses_a_batch_that_is_smaller_than_the_group) {
  config::SsastSettings settings = short_settings();
  settings.training.batch = 2;

  try {
    train_in_group(3, settings);
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("batch of 2 rows is smaller than the group of 3 ranks"));
  }
}

config::ModelSpec ssast_model() {
  config::ModelSpec model;
  model.name = model.label = "ssast";
  model.features = {{"fbank"}};
  model.ssast = short_settings();
  return model;
}

config::CrossValidation four_folds() {
  config::CrossValidation cv;
  cv.folds.number = 4;
  cv.shuffle.reset();
  return cv;
}

TEST(SsastFit, a_failure_outside_of_an_agreement_ends_the_job_with_its_cause) {
  const SpectrogramTable table = spectrograms(18);

  const auto rank = [&](distributed::Communicator& group) {
    group.set_deadline(std::chrono::seconds(60));
    SpectrogramSource source(table, 1 << 20);
    FitRun run{.group = group, .spectrograms = &source, .features = testing::features_of_a_second()};
    if (group.rank() == 1) run.stop_requested = []() -> bool { throw Error("no clock"); };
    fit_ssast({table.rows, ssast_model(), four_folds(), config::Variant::vanilla, false, 1111, 1}, run);
  };

  try {
    distributed::run_as_threads(2, rank);
    FAIL() << "nothing was thrown";
  } catch (const distributed::CommunicationError& error) {
    EXPECT_THAT(error.what(), HasSubstr("rank 1: training ssast: no clock"));
  }
}

TEST(SsastModels, are_checked_before_a_study_begins) {
  config::Experiment experiment;
  experiment.features.fbank.target_length = 100;
  experiment.models = {ssast_model()};

  EXPECT_THAT(check_ssast(experiment, experiment.models.front()).warnings,
              ElementsAre(HasSubstr("starts from random ones")));

  experiment.runtime.ranks_per_model = 9;
  EXPECT_THROW(check_ssast(experiment, experiment.models.front()), Error);

  experiment.runtime.ranks_per_model = 8;
  experiment.features.fbank.target_length = 9;
  EXPECT_THROW(check_ssast(experiment, experiment.models.front()), Error);
}

TEST(SsastModels, weights_that_a_checkpoint_leaves_at_random_are_told_but_for_a_whole_head) {
  const std::filesystem::path file = own_path();
  config::Experiment experiment;
  experiment.features.fbank.target_length = 100;
  experiment.models = {ssast_model()};
  experiment.models.front().ssast.pretrained = file;
  const weights::StateDict all = save_ssast(Ssast(ssast_shape(experiment.models.front().ssast, 100), 1));
  const auto warnings_without = [&](const std::function<bool(const std::string&)>& left_out) {
    weights::StateDict some;
    for (const auto& [name, tensor] : all.entries) {
      if (!left_out(name)) some.add(name, tensor);
    }
    weights::write_pth(file, some);
    return check_ssast(experiment, experiment.models.front()).warnings;
  };

  EXPECT_THAT(warnings_without([](const std::string&) { return false; }), IsEmpty());
  EXPECT_THAT(warnings_without([](const std::string& name) { return name.starts_with("mlp_head."); }),
              IsEmpty());
  EXPECT_THAT(warnings_without([](const std::string& name) { return name == "v.norm.weight"; }),
              ElementsAre(HasSubstr("not in the checkpoint, left at random values: v.norm.weight")));
  std::filesystem::remove(file);
}

TEST(SsastFit, predicts_every_track_of_the_fold_and_its_weights_take_what_audioset_gives) {
  const SpectrogramTable table = spectrograms(18);
  config::ModelSpec model = ssast_model();
  model.ssast.training.statistics = config::FbankStatistics::fold;
  model.ssast.training.center_labels = true;
  distributed::LocalCommunicator alone;
  SpectrogramSource source(table, 1 << 20);

  const FoldFitResult result =
      fit_ssast({table.rows, model, four_folds(), config::Variant::vanilla, false, 1111, 1},
                {.group = alone, .spectrograms = &source, .features = testing::features_of_a_second()});

  ASSERT_EQ(result.tracks.size(), 5U);
  EXPECT_EQ(result.tracks.front().track, 5);
  ASSERT_TRUE(result.checkpoint.has_value());
  EXPECT_TRUE(result.validation.has_value());
  for (const TrackPrediction& track : result.tracks) EXPECT_NEAR(track.prediction, 0.5, 0.5);
}

TEST(SsastFit, of_permuted_labels_says_so_in_its_weights) {
  const SpectrogramTable table = spectrograms(18);
  distributed::LocalCommunicator alone;
  const auto settings_of = [&](bool shuffled) {
    SpectrogramSource source(table, 1 << 20);
    return fit_ssast({table.rows, ssast_model(), four_folds(), config::Variant::vanilla, shuffled, 1111, 1},
                     {.group = alone, .spectrograms = &source, .features = testing::features_of_a_second()})
        .checkpoint->settings;
  };

  EXPECT_EQ(settings_of(true)["control"], "shuffled");
  EXPECT_FALSE(settings_of(false).contains("control"));
}

}  // namespace
}  // namespace musicmem::models
