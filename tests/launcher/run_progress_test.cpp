// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/run/run_progress.h"

#include "data/files/durable_file.h"
#include "launcher/run/json_file.h"
#include "tests/own_path.h"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace musicmem::launcher {
namespace {

using testing::ElementsAre;

// Two ranks on n1 and one on n2 that prepare two clips while one is on disk.
class ProgressOfARun : public testing::Test {
 protected:
  void SetUp() override { data::make_directories(run_.logs()); }
  void TearDown() override { std::filesystem::remove_all(run_.path()); }

  void begin(ProgressFile& progress) const { progress.begin_stage("prepare", 1, {"prepare a", "prepare b"}); }

  RunDirectory run_{own_path()};
  RunLog log_{run_.logs(), 0, /*quiet=*/true};
};

TEST_F(ProgressOfARun, is_read_as_it_was_written) {
  const Lease lease(run_.lease());
  ProgressFile progress(run_, LeaseClaim(run_.lease(), lease.identity()), {"n1", "n1", "n2"}, log_);
  distributed::FarmProgress farm;
  farm.done = farm.failed = 1;
  farm.total = 2;
  farm.running = {{1, 2, 0.5}};

  begin(progress);
  const auto at_the_start = read_run_progress(run_);
  progress.update(farm);
  progress.end("interrupted");
  const auto at_the_end = read_run_progress(run_);

  ASSERT_TRUE(at_the_start && at_the_end);
  EXPECT_EQ(at_the_start->stages.at("prepare").seconds_left, std::nullopt);
  EXPECT_EQ(at_the_start->end, "");
  EXPECT_EQ(at_the_end->stage, "prepare");
  EXPECT_EQ(at_the_end->end, "interrupted");
  EXPECT_EQ(at_the_end->ranks, 3);
  EXPECT_THAT(at_the_end->nodes, ElementsAre("n1", "n2"));
  const StageProgress& stage = at_the_end->stages.at("prepare");
  EXPECT_EQ(stage.total, 3U);
  EXPECT_EQ(stage.on_disk, 1U);
  EXPECT_EQ(stage.done, 0U);
  EXPECT_EQ(stage.failed, 1U);
  EXPECT_TRUE(stage.seconds_left);
}

TEST_F(ProgressOfARun, has_the_keys_that_other_programs_look_for) {
  const Lease lease(run_.lease());
  ProgressFile progress(run_, LeaseClaim(run_.lease(), lease.identity()), {"n1"}, log_);

  begin(progress);

  const nlohmann::json content = read_json(run_.progress());
  EXPECT_EQ(content.at("stages").at("prepare").at("on_disk"), 1);
  EXPECT_TRUE(content.at("stages").at("prepare").at("seconds_left").is_null());
  EXPECT_TRUE(content.at("running").is_array());
  EXPECT_TRUE(content.at("updated").is_number());
}

TEST_F(ProgressOfARun, of_a_start_that_lost_the_run_is_not_written) {
  ProgressFile progress(run_, LeaseClaim(run_.lease(), "of a start that is over"), {"n1"}, log_);

  begin(progress);

  EXPECT_FALSE(std::filesystem::exists(run_.progress()));
}

TEST_F(ProgressOfARun, that_is_damaged_reads_as_none) {
  for (const char* content : {"", "{}", "[1, 2]", R"({"stage": "prepare", "stages": {"prepare": {}}})"}) {
    data::write_file(run_.progress(), content);
    EXPECT_FALSE(read_run_progress(run_)) << content;
  }
}

}  // namespace
}  // namespace musicmem::launcher
