// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/thread_communicator.h"

#include <atomic>

#include <gtest/gtest.h>

namespace musicmem::distributed {
namespace {

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
