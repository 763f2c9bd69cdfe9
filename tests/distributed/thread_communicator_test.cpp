// SPDX-License-Identifier: GPL-3.0-or-later
#include "distributed/thread_communicator.h"

#include <atomic>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace musicmem::distributed {
namespace {

using testing::HasSubstr;

TEST(ThreadCommunicator, a_barrier_that_gives_up_names_the_missing_ranks) {
  run_as_threads(3, [](Communicator& communicator) {
    if (communicator.rank() != 0) return;
    communicator.set_deadline(std::chrono::milliseconds(50));

    try {
      communicator.barrier("end of prepare");
      ADD_FAILURE() << "left a barrier alone";
    } catch (const TimeoutError& error) {
      EXPECT_THAT(error.what(), HasSubstr("end of prepare"));
      EXPECT_THAT(error.what(), HasSubstr("ranks 1, 2"));
    }
  });
}

TEST(ThreadCommunicator, a_rank_that_throws_ends_the_waits_of_the_others) {
  std::atomic<int> told = 0;
  const auto body = [&](Communicator& communicator) {
    if (communicator.rank() == 1) throw std::runtime_error("the first error");
    try {
      communicator.duplicate()->barrier("a barrier that rank 1 never reaches");
    } catch (const PeerError& error) {
      EXPECT_EQ(error.peer(), 1);
      ++told;
      throw;
    }
  };

  std::string error_of_all;
  try {
    run_as_threads(4, body);
  } catch (const std::runtime_error& error) {
    error_of_all = error.what();
  }

  EXPECT_EQ(error_of_all, "the first error");
  EXPECT_EQ(told, 3);
}

}  // namespace
}  // namespace musicmem::distributed
