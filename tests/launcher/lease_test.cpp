// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/run/lease.h"

#include "config/error.h"
#include "tests/own_path.h"

#include <fstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/wait.h>
#include <unistd.h>

namespace musicmem::launcher {
namespace {

namespace fs = std::filesystem;

bool is_lost(const LeaseClaim& claim) {
  try {
    claim.require_held();
  } catch (const Error& error) {
    return error.kind() == ErrorKind::lost_lease;
  }
  return false;
}

class LeaseFile : public testing::Test {
 protected:
  void SetUp() override {
    directory_ = own_path();
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
    EXPECT_NO_THROW(LeaseClaim(file_, lease.identity()).require_held());
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

TEST_F(LeaseFile, claim_of_a_node_that_died_over_it_is_followed) {
  nlohmann::json claim;
  {
    const Lease lease(file_);
    claim = content();
  }
  claim["host"] = "a-node-without-power";
  std::ofstream(file_.string() + ".epoch-1") << claim;

  const Lease lease(file_);  // after the silence that also a holder on another host is given

  EXPECT_EQ(content().at("pid"), ::getpid());
}

TEST_F(LeaseFile, that_cannot_be_read_is_not_lost) {
  const LeaseClaim claim(file_, "of some start");
  fs::create_directories(file_);  // opens, but cannot be read

  try {
    claim.require_held();
    FAIL() << "a lease that cannot be read was taken for held";
  } catch (const Error& error) {
    EXPECT_NE(error.kind(), ErrorKind::lost_lease);
    EXPECT_NE(std::string(error.what()).find("cannot be read: Is a directory"), std::string::npos);
  }
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

  EXPECT_TRUE(is_lost(LeaseClaim(file_, lease.identity())));
}

TEST_F(LeaseFile, that_is_gone_is_lost_to_ranks_that_were_cut_off) {
  std::string identity;
  {
    const Lease lease(file_);
    identity = lease.identity();
  }

  EXPECT_TRUE(is_lost(LeaseClaim(file_, identity)));
}

TEST_F(LeaseFile, of_the_same_epoch_and_number_on_another_boot_is_not_the_same) {
  const Lease lease(file_);
  nlohmann::json other = content();
  other["boot"] = "another";
  std::ofstream(file_) << other;

  EXPECT_TRUE(is_lost(LeaseClaim(file_, lease.identity())));
}

TEST_F(LeaseFile, can_be_looked_at_without_a_change) {
  EXPECT_FALSE(look_at_lease(file_).has_value());
  const Lease lease(file_);

  const auto holder = look_at_lease(file_);

  ASSERT_TRUE(holder.has_value());
  EXPECT_TRUE(holder->alive);
  EXPECT_EQ(holder->pid, ::getpid());
}

TEST_F(LeaseFile, of_a_silent_holder_on_another_host_does_not_look_alive) {
  std::ofstream(file_)
      << R"({"host": "elsewhere", "boot": "b", "space": "s", "pid": 7, "started": 1, "epoch": 3,
                              "counter": 9})";
  fs::last_write_time(file_, fs::file_time_type::clock::now() - std::chrono::minutes(1));

  const auto holder = look_at_lease(file_, std::chrono::milliseconds(300));

  ASSERT_TRUE(holder.has_value());
  EXPECT_FALSE(holder->alive);
  EXPECT_EQ(holder->host, "elsewhere");
}

}  // namespace
}  // namespace musicmem::launcher
