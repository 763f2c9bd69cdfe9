// SPDX-License-Identifier: GPL-3.0-or-later
#include "distributed/local_communicator.h"
#include "tests/support/thread_communicator.h"

#include "ranks_under_test.h"

namespace musicmem::distributed {
namespace {

void run_alone(const RanksUnderTest::Body& body) {
  LocalCommunicator communicator;
  body(communicator);
}

RanksUnderTest threads(int ranks) {
  return {"threads_" + std::to_string(ranks),
          [ranks](const RanksUnderTest::Body& body) { run_as_threads(ranks, body); }};
}

}  // namespace

std::vector<RanksUnderTest> ranks_under_test() {
  return {{"local", run_alone}, threads(2), threads(4)};
}

}  // namespace musicmem::distributed
