// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/checks/start_checks.h"

#include "distributed/agreement.h"
#include "tests/own_path.h"
#include "tests/support/thread_communicator.h"

#include <filesystem>

#include <gmock/gmock.h>

namespace musicmem::launcher {
namespace {

namespace fs = std::filesystem;
using distributed::Communicator;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

const std::vector<std::string> nodes = {"n1", "n1", "n2"};

// What rank 0 throws, "" for nothing; every rank throws or none.
std::string thrown_on_all(const std::function<void(Communicator&)>& check) {
  std::vector<std::string> lines(nodes.size());
  distributed::run_as_threads(static_cast<int>(nodes.size()), [&](Communicator& ranks) {
    try {
      check(ranks);
    } catch (const distributed::SharedError& error) {
      lines[static_cast<std::size_t>(ranks.rank())] = error.what();
    }
  });
  for (const std::string& line : lines) EXPECT_EQ(line.empty(), lines[0].empty());
  return lines[0];
}

TEST(StartChecks, ranks_of_another_version_are_named_with_their_node) {
  const std::string line = thrown_on_all([](Communicator& ranks) {
    require_same(ranks, nodes, "program", ranks.rank() == 2 ? "musicmem 2" : "musicmem 1",
                 "start one program");
  });

  EXPECT_THAT(line, AllOf(HasSubstr("rank 2 (n2) is 'musicmem 2'"), HasSubstr("rank 0 (n1) is 'musicmem 1'"),
                          HasSubstr("start one program"), testing::Not(HasSubstr("rank 1"))));
  EXPECT_EQ(thrown_on_all([](Communicator& ranks) { require_same(ranks, nodes, "program", "1", ""); }), "");
}

TEST(StartChecks, a_directory_that_is_another_one_elsewhere_is_refused) {
  const fs::path base = own_path();
  const auto directory_of = [&](const Communicator& ranks, bool shared) {
    return base / (shared || ranks.rank() < 2 ? "one" : "two");
  };

  const std::string line = thrown_on_all(
      [&](Communicator& ranks) { require_shared(ranks, nodes, directory_of(ranks, false), "--run-dir"); });

  EXPECT_THAT(line, AllOf(HasSubstr("is not the same directory on every node"),
                          HasSubstr("rank 2 (n2) cannot see"), HasSubstr("--run-dir")));
  EXPECT_EQ(thrown_on_all([&](Communicator& ranks) {
              require_shared(ranks, nodes, directory_of(ranks, true), "--run-dir");
            }),
            "");
  EXPECT_TRUE(fs::is_empty(base / "one"));
  fs::remove_all(base);
}

TEST(StartChecks, clocks_that_differ_are_named_once_a_node) {
  const std::vector<std::string> warnings = clock_warnings({100.0, 101.0, 60.0}, nodes);

  EXPECT_THAT(warnings, ElementsAre(AllOf(HasSubstr("clock of n2"), HasSubstr("40 s behind"))));
  EXPECT_THAT(clock_warnings({100.0, 100.1, 104.9}, nodes), ElementsAre());
}

}  // namespace
}  // namespace musicmem::launcher
