// SPDX-License-Identifier: GPL-3.0-or-later
#include "distributed/world.h"

#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace musicmem::distributed {
namespace {

Launch launch_with(const std::map<std::string, std::string>& environment) {
  return detect_launch([&](const char* name) -> std::optional<std::string> {
    const auto entry = environment.find(name);
    if (entry == environment.end()) return std::nullopt;
    return entry->second;
  });
}

TEST(Launch, a_plain_process_needs_no_mpi) {
  EXPECT_FALSE(launch_with({}).under_mpi);
}

TEST(Launch, a_batch_script_of_slurm_needs_no_mpi) {
  EXPECT_FALSE(launch_with({{"SLURM_JOB_ID", "7"}, {"SLURM_PROCID", "0"}, {"SLURM_NTASKS", "8"}}).under_mpi);
}

TEST(Launch, knows_mpirun) {
  const Launch launch = launch_with({{"OMPI_COMM_WORLD_SIZE", "4"}, {"OMPI_COMM_WORLD_RANK", "1"}});

  EXPECT_TRUE(launch.under_mpi);
  EXPECT_EQ(launch.expected_processes, 4);
}

TEST(Launch, knows_srun_with_pmix) {
  const Launch launch =
      launch_with({{"PMIX_NAMESPACE", "slurm.pmix.7.0"}, {"PMIX_RANK", "0"}, {"SLURM_STEP_NUM_TASKS", "3"}});

  EXPECT_TRUE(launch.under_mpi);
  EXPECT_EQ(launch.expected_processes, 3);
}

TEST(Launch, ranks_that_use_all_cores_of_mpirun_are_not_warned_of) {
  EXPECT_EQ(binding_warning(2, 2, 2), "");
  EXPECT_EQ(binding_warning(1, 4, 2), "");
  EXPECT_THAT(binding_warning(2, 2, 64),
              ::testing::HasSubstr("the 2 ranks of this node to 2 of its 64 cores;"));
}

TEST(Launch, knows_pmi) {
  EXPECT_TRUE(launch_with({{"PMI_RANK", "0"}, {"PMI_SIZE", "2"}}).under_mpi);
}

TEST(Launch, a_slurm_step_of_one_task_is_a_world_of_one) {
  EXPECT_FALSE(launch_with({{"SLURM_STEP_NUM_TASKS", "1"}, {"SLURM_PROCID", "0"}}).under_mpi);
}

TEST(Launch, refuses_slurm_tasks_that_do_not_know_of_each_other) {
  try {
    launch_with({{"SLURM_STEP_NUM_TASKS", "4"}, {"SLURM_PROCID", "2"}});
    FAIL() << "four tasks took themselves for the whole job";
  } catch (const LaunchError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("--mpi=pmix"));
  }
}

TEST(Launch, variables_of_another_jobs_step_are_left_out_of_account) {
  const std::map<std::string, std::string> copied = {{"SLURM_JOB_ID", "7"},
                                                     {"SLURM_STEP_NUM_TASKS", "4"},
                                                     {"SLURM_TASK_PID", "999999"},
                                                     {"PMIX_NAMESPACE", "slurm.pmix.7.0"},
                                                     {"PMIX_RANK", "0"}};
  const auto variable = [&](const char* name) -> std::optional<std::string> {
    const auto entry = copied.find(name);
    return entry == copied.end() ? std::nullopt : std::optional(entry->second);
  };

  const Launch launch = detect_launch(variable, [](int) { return false; });

  EXPECT_FALSE(launch.under_mpi);
  EXPECT_THAT(launch.warning, testing::HasSubstr("SLURM variables of another job (7)"));
  EXPECT_TRUE(detect_launch(variable, [](int process) { return process == 999999; }).under_mpi);
}

TEST(Launch, a_process_stands_below_its_parent_but_not_below_another) {
  EXPECT_TRUE(is_this_process_or_above(::getpid()));
  EXPECT_TRUE(is_this_process_or_above(::getppid()));
  EXPECT_FALSE(is_this_process_or_above(999999999));
}

TEST(Mpi, has_a_version_before_it_is_started) {
  EXPECT_THAT(mpi_library_version(), testing::Not(testing::IsEmpty()));
}

}  // namespace
}  // namespace musicmem::distributed
