// SPDX-License-Identifier: GPL-3.0-or-later
#include "distributed/farm/task_farm.h"

#include <ctime>
#include <numeric>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "ranks_under_test.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace musicmem::distributed {
namespace {

using std::chrono::milliseconds;
using testing::Each;
using testing::HasSubstr;

class TaskFarmTest : public testing::TestWithParam<RanksUnderTest> {};

INSTANTIATE_TEST_SUITE_P(Ranks, TaskFarmTest, testing::ValuesIn(ranks_under_test()),
                         testing::PrintToStringParamName());

std::vector<double> equal_costs(std::size_t tasks) {
  return std::vector<double>(tasks, 1.0);
}

// How often each task was executed, on all ranks together. Collective.
std::vector<int> executions(Communicator& communicator, const std::vector<std::size_t>& own,
                            std::size_t tasks) {
  std::ostringstream list;
  for (const std::size_t task : own) list << task << ' ';
  std::vector<int> counts(tasks, 0);
  for (const auto& bytes : communicator.all_gather(list.str(), "executed tasks")) {
    std::istringstream stream(bytes);
    for (std::size_t task = 0; stream >> task;) ++counts.at(task);
  }
  return counts;
}

std::string summary(const FarmResult& result) {
  std::ostringstream text;
  text << result.interrupted << ' ' << result.succeeded << ' ' << result.failed;
  return text.str();
}

TEST_P(TaskFarmTest, runs_every_task_exactly_once) {
  GetParam().on_every_rank([](Communicator& communicator) {
    std::vector<std::size_t> own;

    const FarmResult result =
        run_farm(communicator, equal_costs(200), [&](std::size_t task) { own.push_back(task); });

    EXPECT_THAT(executions(communicator, own, 200), Each(1));
    EXPECT_FALSE(result.interrupted);
    EXPECT_EQ(result.succeeded, 200U);
    if (communicator.rank() != 0) return;
    ASSERT_EQ(result.outcomes.size(), 200U);
    for (std::size_t task = 0; task < 200; ++task) {
      EXPECT_EQ(result.outcomes[task].task, task);
      EXPECT_TRUE(result.outcomes[task].succeeded);
    }
  });
}

TEST_P(TaskFarmTest, gives_the_same_result_to_every_rank) {
  GetParam().on_every_rank([](Communicator& communicator) {
    const auto fail_odd = [](std::size_t task) {
      if (task % 2 == 1) throw std::runtime_error("odd task " + std::to_string(task));
    };

    const FarmResult result = run_farm(communicator, equal_costs(30), fail_odd);

    EXPECT_EQ(result.succeeded, 15U);
    EXPECT_EQ(result.failed, 15U);
    EXPECT_EQ(result.outcomes.size(), communicator.rank() == 0 ? 30U : 0U);
    EXPECT_THAT(communicator.all_gather(summary(result), "results"), Each(summary(result)));
  });
}

TEST_P(TaskFarmTest, every_rank_works) {
  GetParam().on_every_rank([](Communicator& communicator) {
    const auto tasks = static_cast<std::size_t>(communicator.size()) * 10;

    const FarmResult result = run_farm(communicator, equal_costs(tasks),
                                       [](std::size_t) { std::this_thread::sleep_for(milliseconds(20)); });

    if (communicator.rank() != 0) return;
    std::vector<int> tasks_by_rank(static_cast<std::size_t>(communicator.size()), 0);
    for (const auto& outcome : result.outcomes) {
      ++tasks_by_rank.at(outcome.rank);
      EXPECT_GE(outcome.seconds, 0.02);
    }
    EXPECT_THAT(tasks_by_rank, Each(testing::Gt(0)));
  });
}

TEST_P(TaskFarmTest, records_failing_tasks_and_goes_on) {
  GetParam().on_every_rank([](Communicator& communicator) {
    std::vector<std::size_t> own;
    const auto fail_some = [&](std::size_t task) {
      own.push_back(task);
      if (task % 10 == 3) throw std::invalid_argument("clip " + std::to_string(task) + " is broken");
    };

    const FarmResult result = run_farm(communicator, equal_costs(40), fail_some);

    EXPECT_THAT(executions(communicator, own, 40), Each(1));
    EXPECT_EQ(result.failed, 4U);
    if (communicator.rank() != 0) return;
    ASSERT_EQ(result.outcomes.size(), 40U);
    for (const auto& outcome : result.outcomes) {
      const bool broken = outcome.task % 10 == 3;
      EXPECT_EQ(outcome.succeeded, !broken);
      EXPECT_EQ(outcome.message, broken ? "clip " + std::to_string(outcome.task) + " is broken" : "");
    }
  });
}

TEST_P(TaskFarmTest, begins_no_task_after_a_failure_if_told_so) {
  GetParam().on_every_rank([](Communicator& communicator) {
    FarmOptions options;
    options.keep_going = false;
    const auto fail = [](std::size_t) {
      std::this_thread::sleep_for(milliseconds(5));
      throw std::runtime_error("broken");
    };

    const FarmResult result = run_farm(communicator, equal_costs(100), fail, options);

    EXPECT_FALSE(result.interrupted);
    EXPECT_GE(result.failed, 1U);
    EXPECT_LE(result.failed, static_cast<std::size_t>(communicator.size()));
  });
}

TEST_P(TaskFarmTest, a_stop_on_the_last_rank_ends_the_farm_on_all) {
  GetParam().on_every_rank([](Communicator& communicator) {
    constexpr std::size_t tasks = 2000;
    std::vector<std::size_t> own;
    FarmOptions options;
    options.stop_requested = [&] {
      return communicator.rank() == communicator.size() - 1 && own.size() >= 2;
    };
    const auto execute = [&](std::size_t task) {
      own.push_back(task);
      std::this_thread::sleep_for(milliseconds(2));
    };

    const FarmResult result = run_farm(communicator, equal_costs(tasks), execute, options);

    EXPECT_TRUE(result.interrupted);
    EXPECT_LT(result.succeeded, tasks);
    const auto counts = executions(communicator, own, tasks);
    EXPECT_EQ(static_cast<std::size_t>(std::accumulate(counts.begin(), counts.end(), 0)), result.succeeded);
    for (const auto& outcome : result.outcomes) {
      EXPECT_TRUE(outcome.succeeded);
      EXPECT_EQ(counts.at(outcome.task), 1);
    }
  });
}

TEST_P(TaskFarmTest, an_empty_list_ends_at_once) {
  GetParam().on_every_rank([](Communicator& communicator) {
    const FarmResult result =
        run_farm(communicator, {}, [](std::size_t) { ADD_FAILURE() << "there is no task"; });

    EXPECT_EQ(result.succeeded, 0U);
    EXPECT_FALSE(result.interrupted);
  });
}

TEST_P(TaskFarmTest, one_task_is_enough_for_any_number_of_ranks) {
  GetParam().on_every_rank([](Communicator& communicator) {
    std::vector<std::size_t> own;

    const FarmResult result =
        run_farm(communicator, equal_costs(1), [&](std::size_t task) { own.push_back(task); });

    EXPECT_EQ(result.succeeded, 1U);
    EXPECT_THAT(executions(communicator, own, 1), Each(1));
  });
}

TEST_P(TaskFarmTest, reports_progress_on_rank_0_to_the_end) {
  GetParam().on_every_rank([](Communicator& communicator) {
    std::vector<FarmProgress> reports;
    FarmOptions options;
    options.on_progress = [&](const FarmProgress& progress) { reports.push_back(progress); };
    const auto execute = [](std::size_t task) {
      std::this_thread::sleep_for(milliseconds(250));
      if (task == 0) throw std::runtime_error("broken");
    };

    run_farm(communicator, equal_costs(static_cast<std::size_t>(communicator.size())), execute, options);

    if (communicator.rank() != 0) {
      EXPECT_TRUE(reports.empty());
      return;
    }
    ASSERT_GE(reports.size(), 2U);
    EXPECT_FALSE(reports.front().running.empty());
    EXPECT_EQ(reports.front().total, static_cast<std::size_t>(communicator.size()));
    EXPECT_EQ(reports.back().done, reports.back().total);
    EXPECT_EQ(reports.back().failed, 1U);
    EXPECT_TRUE(reports.back().running.empty());
  });
}

TEST_P(TaskFarmTest, a_throwing_progress_callback_stops_the_farm_without_a_hang) {
  GetParam().on_every_rank([](Communicator& communicator) {
    FarmOptions options;
    options.on_progress = [](const FarmProgress&) { throw std::logic_error("no terminal"); };
    const auto run = [&] {
      return run_farm(
          communicator, equal_costs(2000), [](std::size_t) { std::this_thread::sleep_for(milliseconds(5)); },
          options);
    };

    if (communicator.rank() == 0) {
      EXPECT_THROW(run(), std::logic_error);
    } else {
      EXPECT_TRUE(run().interrupted);
    }
  });
}

TEST_P(TaskFarmTest, farms_follow_each_other_on_one_communicator) {
  GetParam().on_every_rank([](Communicator& communicator) {
    for (std::size_t tasks = 0; tasks < 20; ++tasks) {
      const FarmResult result = run_farm(communicator, equal_costs(tasks), [](std::size_t) {});

      EXPECT_EQ(result.succeeded, tasks);
    }
  });
}

TEST_P(TaskFarmTest, idle_ranks_burn_no_core) {
  GetParam().on_every_rank([](Communicator& communicator) {
    const auto processor_seconds = [] {
      timespec time{};
      clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
      return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
    };
    communicator.barrier("start");
    const double before = processor_seconds();

    run_farm(communicator, equal_costs(1),
             [](std::size_t) { std::this_thread::sleep_for(milliseconds(1000)); });

    EXPECT_LT(processor_seconds() - before, 0.3);
  });
}

}  // namespace
}  // namespace musicmem::distributed
