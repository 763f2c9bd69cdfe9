// SPDX-License-Identifier: GPL-3.0-or-later
#include "distributed/farm/task_farm.h"
#include "distributed/farm/task_schedule.h"

#include <chrono>
#include <random>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>

#include "ranks_under_test.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace musicmem::distributed {
namespace {

using Kind = TaskSchedule::Next::Kind;
using After = std::vector<std::vector<std::size_t>>;

class TaskOrderTest : public testing::TestWithParam<RanksUnderTest> {};

INSTANTIATE_TEST_SUITE_P(Ranks, TaskOrderTest, testing::ValuesIn(ranks_under_test()),
                         testing::PrintToStringParamName());

// Up to three tasks before each, drawn by `seed`.
After draw_order(std::size_t tasks, unsigned seed) {
  std::mt19937 generator(seed);
  After after(tasks);
  for (std::size_t task = 1; task < tasks; ++task) {
    for (unsigned i = generator() % 4; i > 0; --i) after[task].push_back(generator() % task);
  }
  return after;
}

// When a task began and ended, by a clock that all ranks of a node share; zeros where it did not run.
struct TaskRun {
  long begin = 0;
  long end = 0;
};

// By task. `own`: number, begin and end of each task of this rank. Collective.
std::vector<TaskRun> all_runs(Communicator& communicator, const std::string& own, std::size_t tasks) {
  std::vector<TaskRun> runs(tasks);
  for (const auto& bytes : communicator.all_gather(own, "begins and ends")) {
    std::istringstream stream(bytes);
    std::size_t task = 0;
    TaskRun run;
    while (stream >> task >> run.begin >> run.end) runs.at(task) = run;
  }
  return runs;
}

long now() {
  return std::chrono::steady_clock::now().time_since_epoch().count();
}

TEST_P(TaskOrderTest, no_task_begins_before_those_that_it_comes_after_have_ended) {
  GetParam().on_every_rank([](Communicator& communicator) {
    const After after = draw_order(150, 7);
    const std::vector<double> costs(after.size(), 1.0);
    std::ostringstream own;
    const auto note = [&](std::size_t task) {
      own << task << ' ' << now();
      std::this_thread::sleep_for(std::chrono::microseconds(50));
      own << ' ' << now() << ' ';
    };

    const FarmResult result = run_farm(communicator, costs, note, {.after = after});

    EXPECT_EQ(result.succeeded, after.size());
    const std::vector<TaskRun> runs = all_runs(communicator, own.str(), after.size());
    for (std::size_t task = 0; task < after.size(); ++task) {
      for (const std::size_t first : after[task])
        EXPECT_LE(runs[first].end, runs[task].begin) << task << " after " << first;
    }
  });
}

TEST_P(TaskOrderTest, what_comes_after_a_failure_is_never_begun) {
  GetParam().on_every_rank([](Communicator& communicator) {
    const After after = {{}, {}, {0}, {0, 1}, {3}, {1}};
    const std::vector<double> costs(after.size(), 1.0);
    const auto fail_first = [](std::size_t task) {
      if (task == 0) throw std::runtime_error("no");
    };

    const FarmResult result = run_farm(communicator, costs, fail_first, {.after = after});

    EXPECT_EQ(result.succeeded, 2U);
    EXPECT_EQ(result.failed, 1U);
    if (communicator.rank() != 0) return;
    std::vector<std::size_t> ended;
    for (const TaskOutcome& outcome : result.outcomes) ended.push_back(outcome.task);
    EXPECT_THAT(ended, testing::ElementsAre(0, 1, 5));
  });
}

TEST(TaskOrder, the_most_expensive_task_that_may_begin_goes_first) {
  TaskSchedule schedule({1.0, 2.0, 9.0, 3.0}, 1, true, {}, {{}, {}, {0}, {}});

  std::vector<std::size_t> order;
  for (auto next = schedule.next(0); next.kind == Kind::task; next = schedule.next(0)) {
    order.push_back(next.task);
    schedule.finished({next.task, 0, true, false, "", 0.1});
  }

  EXPECT_THAT(order, testing::ElementsAre(3, 1, 0, 2));
}

TEST(TaskOrder, a_rank_waits_for_what_another_is_at) {
  TaskSchedule schedule({1.0, 1.0}, 2, true, {}, {{}, {0}});

  EXPECT_EQ(schedule.next(0).task, 0U);
  EXPECT_EQ(schedule.next(1).kind, Kind::wait);
  schedule.finished({0, 0, true, false, "", 0.1});
  EXPECT_EQ(schedule.next(1).task, 1U);
  EXPECT_EQ(schedule.next(0).kind, Kind::nothing);
}

TEST(TaskOrder, a_group_waits_for_what_another_is_at_and_meanwhile_runs_tasks_alone) {
  const GroupWork groups{{true, true, false}, {{0, 1}, {2, 3}}, {}};
  TaskSchedule schedule({5.0, 4.0, 1.0}, 4, true, groups, {{}, {0}, {}});
  EXPECT_EQ(schedule.next(0).kind, Kind::wait);
  EXPECT_EQ(schedule.next(1).task, 0U);
  EXPECT_EQ(schedule.next(0).task, 0U);

  EXPECT_EQ(schedule.next(2).task, 2U);
  EXPECT_EQ(schedule.next(3).kind, Kind::wait);
  schedule.finished({2, 2, true, false, "", 0.1});
  for (const int rank : {0, 1}) schedule.finished({0, rank, true, false, "", 0.1});

  EXPECT_EQ(schedule.next(3).kind, Kind::wait);
  EXPECT_EQ(schedule.next(2).task, 1U);
  EXPECT_EQ(schedule.next(3).task, 1U);
}

TEST(TaskOrder, a_task_after_a_later_one_is_refused) {
  EXPECT_THROW(TaskSchedule({1.0, 1.0}, 1, true, {}, {{1}, {}}), std::invalid_argument);
}

}  // namespace
}  // namespace musicmem::distributed
