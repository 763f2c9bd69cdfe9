// SPDX-License-Identifier: GPL-3.0-or-later
#include "distributed/farm/task_farm.h"
#include "distributed/farm/task_schedule.h"
#include "tests/support/thread_communicator.h"

#include <mutex>
#include <set>
#include <stdexcept>

#include <gmock/gmock.h>

namespace musicmem::distributed {
namespace {

using testing::ElementsAre;
using Kind = TaskSchedule::Next::Kind;

// Tasks 0 and 1 are for groups, 2 and 3 for one rank.
const std::vector<double> costs = {5.0, 4.0, 3.0, 2.0};
GroupWork pairs(std::vector<std::vector<int>> groups, std::vector<bool> groups_first = {}) {
  return {{true, true, false, false}, std::move(groups), std::move(groups_first)};
}

TEST(GroupTasks, start_when_all_ranks_of_a_group_are_free) {
  TaskSchedule schedule(costs, 2, true, pairs({{0, 1}}));

  const auto early = schedule.next(1);
  const auto leader = schedule.next(0);
  const auto member = schedule.next(1);

  EXPECT_EQ(early.kind, Kind::wait);
  EXPECT_EQ(leader.kind, Kind::task);
  EXPECT_EQ(member.kind, Kind::task);
  EXPECT_EQ(leader.task, 0U);
  EXPECT_EQ(member.task, 0U);
}

TEST(GroupTasks, leave_the_last_group_to_tasks_of_single_ranks) {
  TaskSchedule schedule(costs, 4, true, pairs({{0, 1}, {2, 3}}));

  EXPECT_EQ(schedule.next(2).task, 2U);
  EXPECT_EQ(schedule.next(0).kind, Kind::wait);
  EXPECT_EQ(schedule.next(1).task, 0U);
  EXPECT_EQ(schedule.next(3).task, 3U);
  schedule.finished({2, 2, true, false, "", 0.1});
  EXPECT_EQ(schedule.next(2).kind, Kind::wait) << "no task for one rank is left: the last group trains too";
}

TEST(GroupTasks, ranks_with_a_device_take_nothing_else_before_all_of_groups_are_given_out) {
  TaskSchedule schedule(costs, 3, true, pairs({{0, 1}}, {true, true, false}));

  EXPECT_EQ(schedule.next(2).task, 2U);
  for (const std::size_t task : {0U, 1U}) {
    EXPECT_EQ(schedule.next(0).kind, Kind::wait);
    EXPECT_EQ(schedule.next(1).task, task);
    EXPECT_EQ(schedule.next(0).task, task);
    for (const int rank : {0, 1}) schedule.finished({task, rank, true, false, "", 0.1});
  }
  EXPECT_EQ(schedule.next(0).task, 3U) << "nothing is left for the group";
}

TEST(GroupTasks, fail_if_they_fail_on_any_rank_and_end_when_all_have) {
  TaskSchedule schedule(costs, 2, true, pairs({{0, 1}}));
  schedule.next(0);
  schedule.next(1);
  schedule.next(0);

  schedule.finished({0, 1, false, false, "rank 1 of the group: no memory", 0.2});
  const bool early = !schedule.result().outcomes.empty();
  schedule.finished({0, 0, false, false, "the same", 0.1});
  const FarmResult result = schedule.result();

  EXPECT_FALSE(early);
  ASSERT_EQ(result.outcomes.size(), 1U);
  EXPECT_FALSE(result.outcomes[0].succeeded);
  EXPECT_EQ(result.outcomes[0].message, "rank 1 of the group: no memory");
  EXPECT_EQ(result.outcomes[0].rank, 0);
}

TEST(GroupTasks, an_interrupted_task_is_no_failure_and_the_last) {
  TaskSchedule schedule(costs, 1, true);
  const auto task = schedule.next(0);

  schedule.finished({task.task, 0, false, true, "interrupted after step 3", 0.1});

  EXPECT_EQ(schedule.next(0).kind, Kind::nothing);
  EXPECT_TRUE(schedule.result().interrupted);
  EXPECT_TRUE(schedule.result().outcomes.empty());
}

TEST(GroupTasks, without_a_group_to_run_them_are_an_error) {
  EXPECT_THROW(TaskSchedule(costs, 1, true, pairs({})), std::invalid_argument);
}

TEST(GroupTasks, run_on_every_rank_of_one_group_while_others_run_alone) {
  std::mutex mutex;
  std::vector<std::multiset<int>> ranks_of(costs.size());

  run_as_threads(4, [&](Communicator& ranks) {
    ranks.set_deadline(std::chrono::seconds(30));
    const auto group = ranks.split(ranks.rank() / 2, "groups");
    const FarmResult result = run_farm(ranks, costs,
                                       [&](std::size_t task) {
                                         // A task of a group that one rank of it did not get would wait here
                                         // in vain.
                                         if (task < 2) group->barrier("task of a group");
                                         const std::lock_guard lock(mutex);
                                         ranks_of[task].insert(ranks.rank());
                                       },
                                       {.group_work = pairs({{0, 1}, {2, 3}})});
    EXPECT_EQ(result.succeeded, 4U);
  });

  for (const std::size_t task : {0U, 1U}) {
    EXPECT_THAT(ranks_of[task], testing::AnyOf(ElementsAre(0, 1), ElementsAre(2, 3)));
  }
  EXPECT_EQ(ranks_of[2].size(), 1U);
  EXPECT_EQ(ranks_of[3].size(), 1U);
}

}  // namespace
}  // namespace musicmem::distributed
