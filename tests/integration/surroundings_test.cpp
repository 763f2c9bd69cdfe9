// SPDX-License-Identifier: GPL-3.0-or-later
// What lies around the program: where scratch files go, how ranks are bound, what the kernel lets them do.
#include "tests/integration/study_fixture.h"

#include <algorithm>
#include <cstdlib>

#include <gmock/gmock.h>
#include <sched.h>

namespace musicmem::testing_support {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// The command with variables of the environment set.
Words with(const Words& variables, const Words& command) {
  Words words = {"env"};
  words.insert(words.end(), variables.begin(), variables.end());
  words.insert(words.end(), command.begin(), command.end());
  return words;
}

int cores() {
  cpu_set_t mask;
  return ::sched_getaffinity(0, sizeof mask, &mask) == 0 ? CPU_COUNT(&mask) : 1;
}

class Surroundings : public SmallStudy {
 protected:
  const Words small_ = {"models=[{name: mean}]", "augment.pitch_semitones=[]"};
};

TEST_F(Surroundings, a_missing_TMPDIR_is_said_first_and_tmp_is_used) {
  const ProgramResult result =
      run(with({"TMPDIR=/no/such/directory"}, study_command(small_, 0, "run")), directory_);

  ASSERT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_THAT(result.errors, ::testing::StartsWith("musicmem: warning: scratch files cannot go to "
                                                   "/no/such/directory: No such file or directory"));
  EXPECT_FALSE(fs::is_empty(directory_ / "run/report/figures"));
}

TEST_F(Surroundings, figures_that_cannot_be_drawn_are_said_first_and_left_out) {
  write_text(directory_ / "bin/gnuplot", "#!/bin/sh\necho no terminal >&2\nexit 1\n");
  fs::permissions(directory_ / "bin/gnuplot", fs::perms::owner_all);
  const std::string path = "PATH=" + (directory_ / "bin").string() + ":" + std::getenv("PATH");

  const ProgramResult result = run(with({path}, study_command(small_, 0, "run")), directory_);

  ASSERT_EQ(result.exit_code, 0) << result.errors;
  const std::size_t first = result.errors.find("the report will have no figures: gnuplot fails: no terminal");
  EXPECT_NE(first, std::string::npos) << result.errors;
  EXPECT_LT(first, result.errors.find("prepare: "));
  EXPECT_THAT(result.errors, HasSubstr("warning: the report has no figures: gnuplot fails"));
  EXPECT_THAT(text_of(directory_ / "run/report/index.html"), HasSubstr("No figures"));
}

TEST_F(Surroundings, a_report_that_cannot_be_written_is_said_before_the_work) {
  write_text(directory_ / "run/report", "a file in the way");

  const ProgramResult result = run_study(small_);

  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.errors, HasSubstr("run/report"));
  EXPECT_FALSE(fs::exists(directory_ / "run/folds"));
}

TEST_F(Surroundings, ranks_bound_to_fewer_cores_than_there_are_is_said) {
  if (cores() < 2) GTEST_SKIP() << "needs two cores";
  Words bound = study_command(small_, 1, "run");
  bound.insert(bound.begin() + 1, {"--bind-to", "core"});
  Words unbound = study_command(small_, 1, "run");
  unbound.insert(unbound.begin() + 1, {"--bind-to", "none"});

  const ProgramResult warned = run(bound, directory_);
  const ProgramResult silent = run(unbound, directory_);

  ASSERT_EQ(warned.exit_code, 0) << warned.errors;
  EXPECT_THAT(warned.errors, AllOf(HasSubstr("mpirun binds the 1 rank of this node to 1 of its " +
                                             std::to_string(cores()) + " cores"),
                                   HasSubstr("--bind-to none")));
  EXPECT_THAT(silent.errors, Not(HasSubstr("binds")));
}

TEST_F(Surroundings, where_processes_may_not_read_each_other_mpi_is_silent) {
  const Words arguments = {"augment.pitch_semitones=[]", "runtime.ranks_per_model=2",
                           "models=[{name: ssast, size: nano, input: segment, epochs: 1, batch: 16}]"};
  Words command = study_command(arguments, 2, "run");
  command.insert(std::find(command.begin(), command.end(), MUSICMEM_PROGRAM), MUSICMEM_WITHOUT_PROCESS_VM);

  const ProgramResult result = run(command, directory_);
  const ProgramResult doctor = run({MUSICMEM_WITHOUT_PROCESS_VM, MUSICMEM_PROGRAM, "doctor"}, directory_);

  ASSERT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_THAT(result.errors, Not(HasSubstr("Read -1")));
  EXPECT_THAT(doctor.output, HasSubstr("process_vm_readv is forbidden"));
}

}  // namespace
}  // namespace musicmem::testing_support
