// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/lease.h"

#include "config/error.h"

#include <fstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/wait.h>
#include <unistd.h>

namespace musicmem::launcher {
namespace {

namespace fs = std::filesystem;

class LeaseFile : public testing::Test {
 protected:
  void SetUp() override {
    directory_ = fs::path(testing::TempDir()) /
                 (std::string("lease-") + testing::UnitTest::GetInstance()->current_test_info()->name() +
                  std::to_string(::getpid()));
    fs::create_directories(directory_);
    file_ = directory_ / "lease.json";
  }
  void TearDown() override { fs::remove_all(directory_); }

  nlohmann::json content() const { return nlohmann::json::parse(std::ifstream(file_)); }

  fs::path directory_;
  fs::path file_;
};

TEST_F(LeaseFile, names_its_holder_and_goes_with_it) {
  {
    const Lease lease(file_);

    EXPECT_EQ(content().at("pid"), ::getpid());
    EXPECT_EQ(content().at("epoch"), 1);
    EXPECT_NO_THROW(lease.require_held());
  }

  EXPECT_TRUE(fs::is_empty(directory_));
}

TEST_F(LeaseFile, of_a_dead_process_is_followed_at_once) {
  const pid_t child = ::fork();
  if (child == 0) {
    [[maybe_unused]] const Lease* lost = new Lease(file_);  // never released: the process ends as if killed
    ::_exit(0);
  }
  ::waitpid(child, nullptr, 0);
  ASSERT_EQ(content().at("pid"), child);

  const Lease lease(file_);

  EXPECT_EQ(content().at("pid"), ::getpid());
  EXPECT_EQ(content().at("epoch"), 2);
}

TEST_F(LeaseFile, that_is_damaged_is_followed) {
  std::ofstream(file_) << "{\"host\": ";

  const Lease lease(file_);

  EXPECT_EQ(content().at("pid"), ::getpid());
}

TEST_F(LeaseFile, holder_that_was_followed_learns_of_it) {
  const Lease lease(file_);
  nlohmann::json other = content();
  other["epoch"] = 2;
  other["pid"] = 1;
  std::ofstream(file_) << other;

  EXPECT_THROW(lease.require_held(), Error);
}

}  // namespace
}  // namespace musicmem::launcher
