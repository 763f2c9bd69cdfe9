// SPDX-License-Identifier: GPL-3.0-or-later
#include "launcher/run/trace.h"

#include "config/error.h"
#include "tests/own_path.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace musicmem::launcher {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

TEST(Trace, timelines_of_all_ranks_join_to_one_that_a_viewer_reads) {
  const fs::path directory = own_path();
  fs::create_directories(directory);
  {
    Trace first(directory, 0, "n1");
    Trace second(directory, 1, "n2");
    {
      const Trace::Span task(first, "task", "fit \"svr\"");
      const Trace::Span io(first, "io", "publish");
    }
    second.waiting_for("the end");
    second.waiting_for("");
  }

  join_traces(directory, 2);

  const json events = json::parse(std::ifstream(directory / "trace.json")).at("traceEvents");
  ASSERT_EQ(events.size(), 4 + 3);
  int complete = 0;
  for (const json& event : events) {
    if (event.at("ph") != "X") continue;
    ++complete;
    EXPECT_GE(event.at("dur").get<long>(), 0);
    EXPECT_EQ(event.at("cat") == "wait", event.at("pid") == 1);
  }
  EXPECT_EQ(complete, 3);
  EXPECT_FALSE(fs::exists(directory / "trace-rank-0000.json"));
  fs::remove_all(directory);
}

TEST(Trace, that_the_disk_did_not_take_is_said_at_its_end) {
  const fs::path directory = own_path();
  fs::create_directories(directory);
  fs::create_symlink("/dev/full", directory / "trace-rank-0000.json");
  Trace trace(directory, 0, "n1");
  { const Trace::Span span(trace, "task", "fit"); }

  EXPECT_THROW(trace.close(), Error);

  fs::remove_all(directory);
}

TEST(Trace, that_is_off_writes_nothing) {
  Trace off;
  const Trace::Span span(off, "task", "fit");
  off.waiting_for("the end");
  off.waiting_for("");
}

}  // namespace
}  // namespace musicmem::launcher
