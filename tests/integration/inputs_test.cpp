// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/faulty_start.h"
#include "tests/integration/program.h"
#include "tests/integration/study_fixture.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// How often a start reads clips and shards, counted by what opens them.
namespace musicmem::testing_support {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;

class Inputs : public SmallStudy {
 protected:
  void SetUp() override {
    SmallStudy::SetUp();
    wait_until_settled();
  }

  // Until a file that was just written is known once it is read.
  static void wait_until_settled() { std::this_thread::sleep_for(2100ms); }

  static std::vector<fs::path> files_in(const fs::path& folder) {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(folder)) files.push_back(entry.path());
    return files;
  }

  FaultyStart count(const std::vector<fs::path>& files, const std::string& command, const Words& more = {},
                    int ranks = 0) const {
    Words arguments = {command, "study/experiment.yaml",     "--run-dir", "run",
                       models_, "augment.pitch_semitones=[]"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    FaultyStart start = count_calls(files, arguments, directory_, ranks);
    EXPECT_EQ(start.result.exit_code, 0) << start.result.errors;
    return start;
  }
  unsigned long opens(const std::vector<fs::path>& files, const std::string& command, const Words& more = {},
                      int ranks = 0) const {
    return count(files, command, more, ranks).record.calls[fault_open];
  }
  unsigned long opens_of_clips(const Words& more = {}) const {
    return opens(files_in(audio()), "prepare", more);
  }

  // The clip with another sample, in the same inode and under the same size and modification time.
  void change_unnoticeably(const fs::path& file) const {
    const fs::file_time_type time = fs::last_write_time(file);
    std::string bytes = text_of(file);
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
    write_text(file, bytes);
    fs::last_write_time(file, time);
  }

  fs::path inputs_file() const { return directory_ / "study/data/features/inputs.json"; }

  const std::string models_ = "models=[{name: svr, variants: [vanilla]}]";
};

TEST_F(Inputs, are_read_once_and_decoded_once_and_then_no_more) {
  const std::vector<fs::path> audio_files = files_in(audio());
  const FaultyStart decoding =
      count_calls({clip(0)}, {"features", clip(0).string(), "--output", "one.csv"}, directory_);
  ASSERT_EQ(decoding.result.exit_code, 0) << decoding.result.errors;
  const unsigned long opens_to_decode = decoding.record.calls[fault_open];

  for (const int ranks : {0, 2}) {
    fs::remove_all(directory_ / "run");
    fs::remove_all(directory_ / "study/data/features");
    // Once more those that the report lets one hear.
    constexpr unsigned long players = 10;
    EXPECT_EQ(opens(audio_files, "run", {}, ranks), clips * (1 + opens_to_decode) + players * opens_to_decode)
        << ranks;

    std::vector<fs::path> all = files_in(store() / "shards");
    ASSERT_EQ(all.size(), clips);
    all.insert(all.end(), audio_files.begin(), audio_files.end());
    const FaultyStart second = count(all, "run", {}, ranks);
    EXPECT_EQ(second.record.calls[fault_open], 0) << ranks;
    EXPECT_EQ(second.record.calls[fault_read], 0) << ranks;
    EXPECT_EQ(count_in_logs(directory_ / "run", "done prepare"), clips);
  }
}

TEST_F(Inputs, a_changed_clip_is_found_though_its_size_and_modification_time_are_the_same) {
  count({}, "prepare");
  change_unnoticeably(clip(3));

  count({}, "prepare");

  EXPECT_EQ(count_in_logs(directory_ / "run", "done prepare"), clips + 1);
}

TEST_F(Inputs, a_clip_that_was_only_touched_is_read_and_not_prepared) {
  count({}, "prepare");
  fs::last_write_time(clip(3), fs::last_write_time(clip(3)) - 1h);
  wait_until_settled();

  EXPECT_EQ(opens_of_clips(), 1);
  EXPECT_EQ(opens_of_clips(), 0);
  EXPECT_EQ(count_in_logs(directory_ / "run", "done prepare"), clips);
}

TEST_F(Inputs, rehash_reads_all_clips_and_shards) {
  count({}, "prepare");

  EXPECT_EQ(opens_of_clips({"--rehash"}), clips);
  EXPECT_EQ(opens(files_in(store() / "shards"), "prepare", {"--rehash"}), clips);
  EXPECT_EQ(count_in_logs(directory_ / "run", "done prepare"), clips);
}

TEST_F(Inputs, a_damaged_record_costs_one_line_and_one_reading) {
  count({}, "prepare");
  const auto features = contents_of(store());
  std::string text = text_of(inputs_file());
  write_text(inputs_file(), text.substr(0, text.size() / 2));

  const FaultyStart damaged = count(files_in(audio()), "prepare");

  EXPECT_EQ(damaged.record.calls[fault_open], clips);
  EXPECT_THAT(damaged.result.errors,
              AllOf(HasSubstr("inputs.json is not valid JSON"), HasSubstr("read again")));
  EXPECT_EQ(opens_of_clips(), 0);
  EXPECT_EQ(contents_of(store()), features);
}

TEST_F(Inputs, a_record_that_cannot_be_written_costs_only_the_next_reading) {
  fs::create_directories(inputs_file() / "in the way");

  const FaultyStart first = count({}, "prepare");

  EXPECT_THAT(first.result.errors, HasSubstr("no result depends on this file"));
  EXPECT_EQ(opens_of_clips(), clips);
}

TEST_F(Inputs, of_two_studies_that_share_a_store_are_all_known) {
  const fs::path mine = directory_ / "mine.log";
  BackgroundProgram other(program({"prepare", "study/experiment.yaml", "--run-dir", "other", "name=other",
                                   "models=[{name: svr, features: classic}]", "augment.pitch_semitones=[]"}),
                          directory_, mine);
  count({}, "prepare");
  ASSERT_EQ(other.wait(), 0) << text_of(mine);
  count({}, "prepare");  // the last to write may have lost what the other had learnt

  std::vector<fs::path> all = files_in(audio());
  for (const fs::path& shard : files_in(directory_ / "study/data/features")) {
    if (!fs::is_directory(shard)) continue;
    for (const fs::path& file : files_in(shard / "shards")) all.push_back(file);
  }
  EXPECT_EQ(opens(all, "prepare"), 0);
}

}  // namespace
}  // namespace musicmem::testing_support
