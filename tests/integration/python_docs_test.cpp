// SPDX-License-Identifier: GPL-3.0-or-later
// The lines of docs/python.md, on a run as it is, and the notebook docs/tour.ipynb.
#include "tests/integration/report_fixture.h"
#include "tests/integration/scripts.h"
#include "tests/own_path.h"

#include <cstdlib>

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

// The program as `musicmem` in the PATH.
TEST(Notebook, runs_from_clips_to_a_figure) {
  const fs::path directory = own_path();
  fs::create_directories(directory);
  const std::string path = fs::path(MUSICMEM_PROGRAM).parent_path().string() + ":" + std::getenv("PATH");
  Words command = script("run_notebook.py", {std::string(MUSICMEM_SOURCE) + "/docs/tour.ipynb"});
  command.insert(command.begin(), {"/usr/bin/env", "PATH=" + path});

  const ProgramResult result = run(command, directory);

  if (result.exit_code == skipped) GTEST_SKIP() << result.output;
  ASSERT_EQ(result.exit_code, 0) << result.output << result.errors;
  EXPECT_THAT(result.output, HasSubstr("ridge"));
  EXPECT_GT(fs::file_size(directory / "tour/figure.pdf"), 1000U);
  fs::remove_all(directory);
}

}  // namespace
}  // namespace musicmem::testing_support
