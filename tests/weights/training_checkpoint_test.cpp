// SPDX-License-Identifier: GPL-3.0-or-later
#include "weights/training_checkpoint.h"

#include "config/error.h"
#include "data/files/durable_file.h"
#include "tests/own_path.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace musicmem::weights {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

namespace fs = std::filesystem;

TrainingCheckpoint example(std::int64_t step) {
  TrainingCheckpoint checkpoint;
  checkpoint.step = step;
  checkpoint.model.add("v.w", Tensor::of({1.0F, static_cast<float>(step)}, {2}));
  checkpoint.optimizer.add("exp_avg.v.w", Tensor::of({0.5F, 0.25F}, {2}));
  checkpoint.data_order = {3, 1, 2, 0};
  checkpoint.counters = {{"epoch", 4}, {"group_size", 2}};
  checkpoint.numbers = {{"learning_rate", 1e-4}};
  checkpoint.texts = {{"generator", "17 42"}};
  return checkpoint;
}

class CheckpointTest : public ::testing::Test {
 protected:
  void TearDown() override { fs::remove_all(directory_); }
  std::vector<std::string> names() const {
    std::vector<std::string> found;
    for (const auto& entry : fs::directory_iterator(directory_))
      found.push_back(entry.path().filename().string());
    std::sort(found.begin(), found.end());
    return found;
  }

  fs::path directory_ = own_path();
  CheckpointDirectory checkpoints_{directory_, "hash-of-the-fit"};
};

TEST_F(CheckpointTest, goes_on_from_what_was_saved) {
  checkpoints_.save(example(7));

  const std::optional<TrainingCheckpoint> loaded = checkpoints_.load_newest();

  ASSERT_TRUE(loaded);
  const TrainingCheckpoint wanted = example(7);
  EXPECT_EQ(loaded->step, 7);
  EXPECT_EQ(loaded->model.entries, wanted.model.entries);
  EXPECT_EQ(loaded->optimizer.entries, wanted.optimizer.entries);
  EXPECT_EQ(loaded->data_order, wanted.data_order);
  EXPECT_EQ(loaded->counters, wanted.counters);
  EXPECT_EQ(loaded->numbers, wanted.numbers);
  EXPECT_EQ(loaded->texts, wanted.texts);
}

TEST_F(CheckpointTest, there_is_none_before_the_first) {
  EXPECT_FALSE(checkpoints_.load_newest());
}

TEST_F(CheckpointTest, keeps_the_last_two) {
  for (const std::int64_t step : {1, 2, 3, 10}) checkpoints_.save(example(step));

  EXPECT_THAT(names(), ElementsAre("step-0000000003.ckpt", "step-0000000010.ckpt"));
  EXPECT_EQ(checkpoints_.load_newest()->step, 10);
}

TEST_F(CheckpointTest, passes_over_a_damaged_one) {
  checkpoints_.save(example(1));
  checkpoints_.save(example(2));
  std::string bytes = data::read_file(directory_ / "step-0000000002.ckpt");
  bytes[bytes.size() / 2] ^= 1;
  std::ofstream(directory_ / "step-0000000002.ckpt", std::ios::binary) << bytes;
  std::vector<std::string> problems;

  const std::optional<TrainingCheckpoint> loaded = checkpoints_.load_newest(&problems);

  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->step, 1);
  EXPECT_THAT(problems, ElementsAre(HasSubstr("step-0000000002.ckpt")));
}

TEST_F(CheckpointTest, ignores_one_of_another_fit) {
  checkpoints_.save(example(1));

  EXPECT_FALSE(CheckpointDirectory(directory_, "another-hash").load_newest());
}

TEST_F(CheckpointTest, a_fit_that_got_further_does_not_push_out_the_one_that_follows_it) {
  const CheckpointDirectory follower(directory_, "another-hash");
  checkpoints_.save(example(4000));
  checkpoints_.save(example(5000));

  follower.save(example(120));

  EXPECT_EQ(follower.load_newest().value().step, 120);
  EXPECT_THAT(names(), ElementsAre("step-0000000120.ckpt"));
}

TEST_F(CheckpointTest, a_file_without_its_end_is_never_taken) {
  checkpoints_.save(example(1));
  const fs::path file = directory_ / "step-0000000001.ckpt";
  const std::string bytes = data::read_file(file);

  for (std::size_t size = 0; size < bytes.size(); size += 101) {
    std::ofstream(file, std::ios::binary) << bytes.substr(0, size);
    EXPECT_FALSE(checkpoints_.load_newest()) << "after " << size << " bytes";
  }
}

TEST_F(CheckpointTest, is_known_by_its_seal) {
  checkpoints_.save(example(1));

  EXPECT_TRUE(is_training_checkpoint(directory_ / "step-0000000001.ckpt"));
  EXPECT_FALSE(is_training_checkpoint(fs::path(MUSICMEM_TEST_DATA) / "ordered.pth"));
  EXPECT_EQ(read_training_checkpoint(directory_ / "step-0000000001.ckpt").step, 1);
  EXPECT_THROW(read_training_checkpoint(fs::path(MUSICMEM_TEST_DATA) / "ordered.pth"), Error);
}

TEST_F(CheckpointTest, equal_states_give_equal_bytes) {
  checkpoints_.save(example(5));
  const std::string first = data::read_file(directory_ / "step-0000000005.ckpt");
  checkpoints_.save(example(5));

  EXPECT_EQ(data::read_file(directory_ / "step-0000000005.ckpt"), first);
}

TEST_F(CheckpointTest, leaves_nothing_behind_when_the_fit_is_finished) {
  checkpoints_.save(example(1));

  checkpoints_.remove();

  EXPECT_FALSE(fs::exists(directory_));
}

TEST_F(CheckpointTest, python_reads_it) {
  if (std::system("/usr/bin/python3 -c 'import torch' >/dev/null 2>&1") != 0) {
    GTEST_SKIP() << "python3-torch is not installed";
  }
  checkpoints_.save(example(6));

  const std::string script =
      "import torch; c = torch.load('" + (directory_ / "step-0000000006.ckpt").string() +
      "'); assert c['step'] == 6 and c['counters']['epoch'] == 4 and "
      "c['data_order'].tolist() == [3, 1, 2, 0] and c['model']['v.w'].tolist() == [1, 6]";

  EXPECT_EQ(std::system(("/usr/bin/python3 -c \"" + script + "\"").c_str()), 0);
}

}  // namespace
}  // namespace musicmem::weights
