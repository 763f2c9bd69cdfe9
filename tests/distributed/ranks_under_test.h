// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "distributed/communicator.h"

#include <chrono>
#include <functional>
#include <ostream>
#include <string>
#include <vector>

namespace musicmem::distributed {

// One kind of ranks that the tests run on.
struct RanksUnderTest {
  using Body = std::function<void(Communicator&)>;

  std::string name;
  // Runs the body on every rank. Where ranks are processes, each runs the tests,
  // and this runs the caller's part.
  std::function<void(const Body&)> run;

  void on_every_rank(const Body& body) const {
    run([&](Communicator& communicator) {
      communicator.set_deadline(std::chrono::seconds(60));
      body(communicator);
    });
  }
};

inline std::ostream& operator<<(std::ostream& stream, const RanksUnderTest& ranks) {
  return stream << ranks.name;
}

// Each test program has its own: thread_ranks.cpp, mpi_ranks.cpp.
std::vector<RanksUnderTest> ranks_under_test();

}  // namespace musicmem::distributed
