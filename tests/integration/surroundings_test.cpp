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

int cores() {
  cpu_set_t mask;
  return ::sched_getaffinity(0, sizeof mask, &mask) == 0 ? CPU_COUNT(&mask) : 1;
}

class Surroundings : public SmallStudy {
 protected:
  // Runs the study alone with a variable of the environment set.
  ProgramResult run_with(const std::string& variable) {
    Words command = study_command(quick_models, 0, "run");
    command.insert(command.begin(), {"env", variable});
    return run(command, directory_);
  }

  // Runs it on one rank that mpirun binds to a core, or to none.
  ProgramResult run_bound_to(const std::string& what) {
    Words command = study_command(quick_models, 1, "run");
    command.insert(command.begin() + 1, {"--bind-to", what});
    return run(command, directory_);
  }
};

TEST_F(Surroundings, a_missing_TMPDIR_is_said_first_and_tmp_is_used) {
  const ProgramResult result = run_with("TMPDIR=/no/such/directory");

  ASSERT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_THAT(result.errors, ::testing::StartsWith("musicmem: warning: scratch files cannot go to "
                                                   "/no/such/directory: No such file or directory"));
  EXPECT_FALSE(fs::is_empty(directory_ / "run/report/figures"));
}

TEST_F(Surroundings, a_missing_TMPDIR_is_told_by_doctor) {
  Words command = program({"doctor", "."});
  command.insert(command.begin(), {"env", "TMPDIR=/no/such/directory"});

  const ProgramResult result = run(command, directory_);

  EXPECT_THAT(result.output, HasSubstr("note scratch  scratch files cannot go to /no/such/directory"));
}

TEST_F(Surroundings, figures_that_cannot_be_drawn_are_said_first_and_left_out) {
  write_text(directory_ / "bin/gnuplot", "#!/bin/sh\necho no terminal >&2\nexit 1\n");
  fs::permissions(directory_ / "bin/gnuplot", fs::perms::owner_all);

  const ProgramResult result = run_with("PATH=" + (directory_ / "bin").string() + ":" + std::getenv("PATH"));

  ASSERT_EQ(result.exit_code, 0) << result.errors;
  const std::size_t first = result.errors.find("the report will have no figures: gnuplot fails: no terminal");
  EXPECT_NE(first, std::string::npos) << result.errors;
  EXPECT_LT(first, result.errors.find("prepare: "));
  EXPECT_THAT(result.errors, HasSubstr("warning: the report has no figures: gnuplot fails"));
  EXPECT_THAT(text_of(directory_ / "run/report/index.html"), HasSubstr("No figures"));
}

TEST_F(Surroundings, a_report_that_cannot_be_written_is_said_before_the_work) {
  write_text(directory_ / "run/report", "a file in the way");

  const ProgramResult result = run_study(quick_models);

  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.errors, HasSubstr("run/report"));
  EXPECT_FALSE(fs::exists(directory_ / "run/folds"));
}

// The program without the library beside it stands for a node without LibTorch.
TEST_F(Surroundings, what_computes_without_LibTorch_runs_where_there_is_none) {
  fs::copy_file(MUSICMEM_PROGRAM, directory_ / "musicmem");
  const std::string models = "models=[{name: svr, variants: [vanilla]}, {name: mlp, variants: [vanilla]}]";

  const ProgramResult result = run({"./musicmem", "run", "study/experiment.yaml", "--run-dir", "run", models,
                                    "augment.pitch_semitones=[]"},
                                   directory_);

  EXPECT_EQ(result.exit_code, 3) << result.errors;
  EXPECT_TRUE(fs::exists(directory_ / "run/folds/svr/vanilla/seed-none/fold-2/predictions.csv"));
  EXPECT_FALSE(fs::exists(directory_ / "run/folds/mlp/vanilla/seed-5/fold-2/predictions.csv"));
  EXPECT_THAT(result.errors, HasSubstr("the part of the program that needs LibTorch cannot be opened: "
                                       "libmusicmem_torch.so"));
}

TEST_F(Surroundings, a_library_of_another_version_is_refused_in_one_line) {
  fs::copy_file(MUSICMEM_PROGRAM, directory_ / "musicmem");
  fs::copy_file(MUSICMEM_OTHER_TORCH_LIBRARY, directory_ / "libmusicmem_torch.so");

  const ProgramResult result =
      run({"./musicmem", "run", "study/experiment.yaml", "--run-dir", "run",
           "models=[{name: mlp, variants: [vanilla]}]", "augment.pitch_semitones=[]"},
          directory_);

  EXPECT_EQ(result.exit_code, 3) << result.errors;
  EXPECT_THAT(result.errors, HasSubstr("LibTorch is of version 0.0.9, the program of "));
}

TEST_F(Surroundings, ranks_bound_to_fewer_cores_than_there_are_is_said) {
  if (cores() < 2) GTEST_SKIP() << "needs two cores";

  const ProgramResult warned = run_bound_to("core");
  const ProgramResult silent = run_bound_to("none");

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
