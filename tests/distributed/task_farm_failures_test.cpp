// SPDX-License-Identifier: GPL-3.0-or-later
#include "distributed/farm/task_farm.h"
#include "distributed/farm/task_schedule.h"
#include "distributed/local_communicator.h"
#include "tests/support/thread_communicator.h"

#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace musicmem::distributed {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;

std::string error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const std::exception& error) {
    return error.what();
  }
  return "";
}

TEST(TaskFarmOrder, the_most_expensive_task_goes_first_and_equal_ones_by_index) {
  LocalCommunicator communicator;
  std::vector<std::size_t> order;

  run_farm(communicator, {1.0, 5.0, 3.0, 5.0, 0.0, 3.0}, [&](std::size_t task) { order.push_back(task); });

  EXPECT_THAT(order, ElementsAre(1, 3, 2, 5, 0, 4));
}

TEST(TaskFarmOrder, the_schedule_gives_expensive_tasks_to_whoever_asks_first) {
  TaskSchedule schedule({1.0, 2.0, 3.0}, 3, true);

  const auto first = schedule.next(2);
  const auto second = schedule.next(0);
  schedule.finished({first.task, 2, true, false, "", 0.1});
  const auto third = schedule.next(2);

  EXPECT_EQ(first.task, 2U);
  EXPECT_EQ(second.task, 1U);
  EXPECT_EQ(third.task, 0U);
  EXPECT_EQ(schedule.next(1).kind, TaskSchedule::Next::Kind::nothing);
  EXPECT_FALSE(schedule.over());
}

TEST(TaskFarmFailure, a_communication_error_in_a_task_is_thrown_on) {
  LocalCommunicator communicator;
  const auto lose_a_peer = [](std::size_t) { throw PeerError("averaging gradients", 0, 1); };

  EXPECT_THROW(run_farm(communicator, {1.0, 1.0}, lose_a_peer), PeerError);
}

TEST(TaskFarmFailure, a_communication_error_on_any_rank_ends_the_farm_on_all) {
  for (const int failing_rank : {0, 1, 3}) {
    const auto farm = [&](Communicator& communicator) {
      run_farm(communicator, std::vector<double>(500, 1.0), [&](std::size_t) {
        std::this_thread::sleep_for(milliseconds(1));
        if (communicator.rank() == failing_rank) throw PeerError("averaging gradients", failing_rank, 9);
      });
    };

    const std::string error = error_of([&] { run_as_threads(4, farm); });

    EXPECT_THAT(error, HasSubstr("averaging gradients"));
  }
}

TEST(TaskFarmFailure, a_task_that_outlives_the_deadline_is_named_with_its_rank) {
  const auto farm = [](Communicator& communicator) {
    communicator.set_deadline(milliseconds(200));
    run_farm(communicator, {1.0, 2.0}, [&](std::size_t) {
      if (communicator.rank() == 1) std::this_thread::sleep_for(milliseconds(1000));
      if (communicator.rank() == 0) std::this_thread::sleep_for(milliseconds(20));
    });
  };

  const std::string error = error_of([&] { run_as_threads(2, farm); });

  EXPECT_THAT(error, HasSubstr("handing out tasks"));
  EXPECT_THAT(error, HasSubstr("on rank 1"));
}

TEST(TaskFarmFailure, an_idle_rank_outlives_its_deadline_while_others_finish_tasks) {
  const auto farm = [](Communicator& communicator) {
    communicator.set_deadline(milliseconds(1000));
    run_farm(communicator, {0.0, 1.0, 2.0, 3.0},
             [](std::size_t task) { std::this_thread::sleep_for(milliseconds(600) * task); });
  };

  EXPECT_EQ(error_of([&] { run_as_threads(4, farm); }), "");
}

}  // namespace
}  // namespace musicmem::distributed
