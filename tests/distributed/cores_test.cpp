// SPDX-License-Identifier: GPL-3.0-or-later
#include "distributed/cores.h"

#include "tests/own_path.h"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace musicmem::distributed {
namespace {

namespace fs = std::filesystem;

// A folder that stands for / and holds the files a test writes.
class CoresTest : public testing::Test {
 protected:
  ~CoresTest() override { fs::remove_all(root_); }

  void write(const fs::path& file, const std::string& content) const {
    fs::create_directories((root_ / file).parent_path());
    std::ofstream(root_ / file) << content;
  }

  fs::path root_ = own_path();
};

TEST_F(CoresTest, this_process_may_run_somewhere) {
  EXPECT_FALSE(allowed_cores().empty());
}

TEST_F(CoresTest, the_tightest_quota_on_the_way_up_counts) {
  write("proc/self/cgroup", "0::/slurm/job_7/step_0\n");
  write("sys/fs/cgroup/slurm/job_7/step_0/cpu.max", "max 100000\n");
  write("sys/fs/cgroup/slurm/job_7/cpu.max", "250000 100000\n");
  write("sys/fs/cgroup/slurm/cpu.max", "800000 100000\n");

  EXPECT_EQ(cpu_quota(root_), 2.5);
}

TEST_F(CoresTest, reads_quotas_of_version_1) {
  write("proc/self/cgroup", "9:name=systemd:/\n4:cpu,cpuacct:/docker/abc\n");
  write("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "300000\n");
  write("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");

  EXPECT_EQ(cpu_quota(root_), 3.0);
}

TEST_F(CoresTest, no_quota_without_a_limit) {
  write("proc/self/cgroup", "4:cpu:/\n0::/\n");
  write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n");
  write("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
  write("sys/fs/cgroup/cpu.max", "max 100000\n");

  EXPECT_EQ(cpu_quota(root_), std::nullopt);
}

TEST_F(CoresTest, ranks_bound_to_different_cores_use_them_together) {
  EXPECT_EQ(usable_cores({{0, 1}, {2, 3}}, std::nullopt), 4);
  EXPECT_EQ(usable_cores({{0, 1}, {0, 1}}, std::nullopt), 2);
}

TEST_F(CoresTest, a_quota_cuts_the_cores_but_leaves_one) {
  EXPECT_EQ(usable_cores({{0, 1, 2, 3}}, 2.5), 2);
  EXPECT_EQ(usable_cores({{0, 1, 2, 3}}, 0.5), 1);
}

TEST_F(CoresTest, threads_are_an_even_share_within_the_own_mask) {
  EXPECT_EQ(threads_per_rank(16, 4, 16), 4);
  EXPECT_EQ(threads_per_rank(16, 4, 2), 2);
  EXPECT_EQ(threads_per_rank(2, 4, 2), 1);
}

TEST_F(CoresTest, memory_is_an_even_share_of_what_is_available) {
  write("proc/meminfo", "MemTotal: 9000 kB\nMemAvailable:    4000 kB\n");

  EXPECT_EQ(memory_per_rank(4, root_), 1000U * 1024U);
}

TEST_F(CoresTest, memory_keeps_within_the_control_group_without_counting_its_cache) {
  write("proc/meminfo", "MemAvailable: 1000000 kB\n");
  write("proc/self/cgroup", "0::/job\n");
  write("sys/fs/cgroup/job/memory.max", "500000\n");
  write("sys/fs/cgroup/job/memory.current", "200000\n");
  write("sys/fs/cgroup/job/memory.stat", "anon 50000\ninactive_file 100000\n");

  EXPECT_EQ(memory_per_rank(2, root_), 200000U);
}

TEST_F(CoresTest, memory_is_unknown_where_the_system_does_not_say) {
  EXPECT_EQ(memory_per_rank(1, root_), std::nullopt);
}

}  // namespace
}  // namespace musicmem::distributed
