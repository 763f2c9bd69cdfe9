// SPDX-License-Identifier: GPL-3.0-or-later
// The program of the tests that run under mpirun: every process runs all tests, in the same order.
#include "distributed/cores.h"
#include "distributed/world.h"

#include <cstdio>
#include <memory>

#include "ranks_under_test.h"
#include <gtest/gtest.h>

namespace musicmem::distributed {
namespace {

// Lives as long as main, which sets it.
World* world = nullptr;

// What the ranks other than 0 print.
class FailurePrinter : public testing::EmptyTestEventListener {
  void OnTestPartResult(const testing::TestPartResult& result) override {
    if (!result.failed()) return;
    std::fprintf(stderr, "rank %d: %s:%d: %s\n", world->rank(), result.file_name() ? result.file_name() : "",
                 result.line_number(), result.summary());
  }
};

TEST(World, knows_the_ranks_of_its_node) {
  Communicator& everyone = world->communicator();

  const auto hosts = everyone.all_gather(world->host_name(), "hosts");
  const auto local_ranks = everyone.all_gather(std::to_string(world->local_rank()), "local ranks");

  int ranks_here = 0;
  int ranks_here_before = 0;
  for (int rank = 0; rank < world->size(); ++rank) {
    if (hosts.at(rank) != world->host_name()) continue;
    if (rank < world->rank()) ++ranks_here_before;
    ++ranks_here;
  }
  EXPECT_TRUE(world->uses_mpi());
  EXPECT_EQ(world->local_size(), ranks_here);
  EXPECT_EQ(world->local_rank(), ranks_here_before);
  EXPECT_EQ(local_ranks.at(world->rank()), std::to_string(ranks_here_before));
}

TEST(World, counts_at_least_the_cores_of_its_own_rank) {
  const auto own = usable_cores({allowed_cores()}, cpu_quota());

  EXPECT_GE(world->node_cores(), own);
}

}  // namespace

std::vector<RanksUnderTest> ranks_under_test() {
  return {{"mpi", [](const RanksUnderTest::Body& body) { body(world->communicator()); }}};
}

}  // namespace musicmem::distributed

int main(int argc, char** argv) {
  using namespace musicmem::distributed;
  World world_of_main;
  world = &world_of_main;
  testing::InitGoogleTest(&argc, argv);
  if (world->rank() != 0) {
    auto& listeners = testing::UnitTest::GetInstance()->listeners();
    delete listeners.Release(listeners.default_result_printer());
    listeners.Append(new FailurePrinter);
  }
  return RUN_ALL_TESTS();
}
