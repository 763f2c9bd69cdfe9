// SPDX-License-Identifier: GPL-3.0-or-later
#include "distributed/gradients/gradient_exchange.h"
#include "tests/support/thread_communicator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace musicmem::distributed {
namespace {

using testing::HasSubstr;

TEST(HostExchange, names_the_step_and_the_slice_that_a_rank_does_not_send) {
  const auto step = [](Communicator& ranks) {
    ranks.set_deadline(std::chrono::milliseconds(200));
    HostExchange exchange(ranks);
    std::vector<float> values(10, 1.0F);
    if (ranks.rank() == 0) exchange.start(values, nullptr);
    exchange.finish("step 7");
    ranks.set_deadline(std::chrono::seconds(10));
    ranks.barrier("the end");
  };

  try {
    run_as_threads(2, step);
    FAIL() << "nothing was thrown";
  } catch (const TimeoutError& error) {
    EXPECT_THAT(error.what(), HasSubstr("rank 0: step 7, slice 0 of the gradients: waited 0.2 s"));
  }
}

TEST(HostExchange, hears_of_a_rank_that_failed_before_the_deadline) {
  const auto step = [](Communicator& ranks) {
    HostExchange exchange(ranks);
    if (ranks.rank() == 1) throw std::runtime_error("rank 1 fails on purpose");
    std::vector<float> values(10, 1.0F);
    exchange.start(values, nullptr);
    EXPECT_THROW(exchange.finish("step 7"), PeerError);
  };

  EXPECT_THROW(run_as_threads(2, step), std::runtime_error);
}

TEST(HostExchange, gives_up_a_sum_under_way_when_its_owner_goes) {
  run_as_threads(2, [](Communicator& ranks) {
    const auto values = std::make_shared<std::vector<float>>(10, 1.0F);
    if (ranks.rank() == 0) {
      HostExchange exchange(ranks);
      exchange.start(*values, values);
    } else {
      const HostExchange exchange(ranks);
    }
    ranks.barrier("the end");
  });
}

}  // namespace
}  // namespace musicmem::distributed
