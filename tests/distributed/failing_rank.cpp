// SPDX-License-Identifier: GPL-3.0-or-later
// failing_rank throw|abort|deadline|kill|absent|late: rank 1 fails, the others wait for
// it. Run by expect_failure.cmake.
#include "distributed/world.h"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <thread>

namespace {

using namespace musicmem::distributed;

void fail_on_rank_1(World& world, const std::string& how) {
  if (world.rank() == 1) {
    if (how == "kill") std::raise(SIGKILL);
    if (how == "deadline") std::this_thread::sleep_for(std::chrono::minutes(10));
    throw std::runtime_error("rank 1 fails on purpose");
  }
  if (how == "deadline") world.communicator().set_deadline(std::chrono::milliseconds(500));
  world.communicator().barrier("end of the stage that rank 1 never ends");
}

// The world goes down with the exception.
int fail_while_unwinding() {
  try {
    World world;
    fail_on_rank_1(world, "throw");
  } catch (const std::exception& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return 1;
  }
  return 0;
}

int fail_and_abort(const std::string& how) {
  World world;
  try {
    fail_on_rank_1(world, how);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return world.abort(7);
  }
  return 0;
}

// Rank 1 does not come to the start of MPI, which tells no rank before.
int stay_away_from_the_start() {
  const char* rank = std::getenv("OMPI_COMM_WORLD_RANK");
  if (rank != nullptr && std::string(rank) == "1") std::this_thread::sleep_for(std::chrono::minutes(10));
  const World world(std::chrono::seconds(2));
  return 0;
}

// Rank 1 does not come to the end of the program.
int stay_away_from_the_end() {
  World world;
  world.communicator().set_deadline(std::chrono::milliseconds(500));
  if (world.rank() == 1) std::this_thread::sleep_for(std::chrono::minutes(10));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string how = argc > 1 ? argv[1] : "throw";
  if (how == "absent") return stay_away_from_the_start();
  if (how == "late") return stay_away_from_the_end();
  return how == "throw" ? fail_while_unwinding() : fail_and_abort(how);
}
