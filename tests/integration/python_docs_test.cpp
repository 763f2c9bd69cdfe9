// SPDX-License-Identifier: GPL-3.0-or-later
// The lines of docs/python.md, on a run as it is.
#include "tests/integration/report_fixture.h"
#include "tests/integration/scripts.h"

#include <gmock/gmock.h>

namespace musicmem::testing_support {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

TEST_F(Report, is_read_by_the_lines_of_the_page_on_python) {
  const std::string page = std::string(MUSICMEM_SOURCE) + "/docs/python.md";
  const ProgramResult able = run(script("run_python_docs.py", {"--modules"}), directory_);
  if (able.exit_code == skipped) GTEST_SKIP() << able.output;
  const Words searched = {"models=[{name: svr, label: searched, search: {C: [0.1, 1], inner_folds: 2}}]"};
  ASSERT_EQ(run_study(searched, 0, "study/searched").exit_code, 0);
  ASSERT_EQ(musicmem({"explain", "run", "--model", "svr", "--samples", "100"}).exit_code, 0);
  ASSERT_EQ(musicmem({"scores", "study/data/listeners/long.csv", "--layout", "long", "--output",
                      "study/scores", "--splits", "10"})
                .exit_code,
            0);
  fs::rename(directory_ / "study", directory_ / "demo");
  fs::rename(directory_ / "run", directory_ / "demo/run");

  const ProgramResult read = run(script("run_python_docs.py", {page}), directory_);

  EXPECT_EQ(read.exit_code, 0) << read.output << read.errors;
  EXPECT_THAT(read.output, HasSubstr("checked "));
}

}  // namespace
}  // namespace musicmem::testing_support
