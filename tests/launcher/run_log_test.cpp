// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/run/run_log.h"

#include "launcher/run/timings.h"
#include "tests/own_path.h"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace musicmem::launcher {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class LogOnAFullDisk : public testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(directory_ / "logs");
    fs::create_symlink("/dev/full", directory_ / "logs/rank-0000.log");
    fs::create_symlink("/dev/full", directory_ / "logs/timings.jsonl");
    testing::internal::CaptureStderr();
  }
  void TearDown() override { fs::remove_all(directory_); }

  // Lines on standard error since the test began.
  static std::vector<std::string> said() {
    std::istringstream stream(testing::internal::GetCapturedStderr());
    std::vector<std::string> lines;
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    return lines;
  }

  fs::path directory_ = own_path();
};

TEST_F(LogOnAFullDisk, warns_once) {
  {
    RunLog log(directory_ / "logs", 0);
    log.info("first");
    log.info("second");
    log.error("third");
  }

  const auto lines = said();
  ASSERT_EQ(lines.size(), 1);
  EXPECT_THAT(lines[0], HasSubstr("musicmem: warning: "));
  EXPECT_THAT(lines[0], HasSubstr("rank-0000.log"));
}

TEST_F(LogOnAFullDisk, warns_once_of_each_other_file_for_people) {
  {
    RunLog log(directory_ / "logs", 0);
    for (int i = 0; i < 3; ++i) {
      log.attempt("timings", [&] { record_start(RunDirectory(directory_), 1); });
    }
  }

  const auto lines = said();
  ASSERT_EQ(lines.size(), 2);  // and of the log, to which that warning goes
  EXPECT_THAT(lines[1] + lines[0], HasSubstr("timings.jsonl: cannot be written: No space left on device"));
}

TEST_F(LogOnAFullDisk, says_nothing_to_who_wants_quiet) {
  {
    RunLog log(directory_ / "logs", 0, /*quiet=*/true);
    log.info("first");
  }

  EXPECT_THAT(said(), IsEmpty());
}

TEST_F(LogOnAFullDisk, that_cannot_be_opened_is_a_warning_too) {
  std::ofstream(directory_ / "file") << "no directory";
  {
    RunLog log(directory_ / "file", 0);
    log.info("first");
  }

  EXPECT_EQ(said().size(), 1);
}

}  // namespace
}  // namespace musicmem::launcher
