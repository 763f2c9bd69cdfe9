// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/files/process.h"

#include <csignal>

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace musicmem::data {
namespace {

// A child that sleeps under another name until it is killed.
pid_t start_sleeper(const char* name) {
  int ready[2];
  if (::pipe(ready) != 0) return -1;
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::prctl(PR_SET_NAME, name);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::write(ready[1], "r", 1) != 1) ::_exit(1);
    for (;;) ::pause();
  }
  char byte = 0;
  const bool started = ::read(ready[0], &byte, 1) == 1;
  ::close(ready[0]);
  ::close(ready[1]);
  return started ? pid : -1;
}

TEST(Process, of_a_name_that_looks_like_the_fields_behind_it_is_read) {
  const pid_t pid = start_sleeper("a) Z 7 (b");
  ASSERT_GT(pid, 0);

  const auto child = find_process(pid);
  const bool works = is_at_work(pid);
  ::kill(pid, SIGKILL);
  siginfo_t ended{};
  ::waitid(P_PID, static_cast<id_t>(pid), &ended, WEXITED | WNOWAIT);
  const auto zombie = find_process(pid);
  const bool zombie_works = is_at_work(pid);
  ::waitpid(pid, nullptr, 0);

  ASSERT_TRUE(child && zombie);
  EXPECT_EQ(child->name, "a) Z 7 (b");
  EXPECT_NE(child->state, 'Z');
  EXPECT_EQ(child->parent, ::getpid());
  EXPECT_GE(child->started, find_process(::getpid())->started);
  EXPECT_TRUE(works);
  EXPECT_EQ(zombie->state, 'Z');
  EXPECT_FALSE(zombie_works);
  EXPECT_FALSE(find_process(pid));
}

// The kernel's own clock says when it was; a test that runs for an hour has hung.
TEST(Process, started_in_ticks_since_the_start_of_the_host) {
  timespec up{};
  ::clock_gettime(CLOCK_BOOTTIME, &up);

  const auto self = find_process(::getpid());

  ASSERT_TRUE(self);
  EXPECT_EQ(parent_of(::getpid()), ::getppid());
  const auto started = static_cast<double>(self->started) / static_cast<double>(::sysconf(_SC_CLK_TCK));
  EXPECT_NEAR(started, static_cast<double>(up.tv_sec), 3600.0);
}

TEST(Process, is_none_where_there_is_none) {
  EXPECT_FALSE(find_process(0));
  EXPECT_FALSE(find_process(-1));
  EXPECT_EQ(parent_of(999999999), 0);
  EXPECT_FALSE(is_at_work(999999999));
}

}  // namespace
}  // namespace musicmem::data
