// SPDX-License-Identifier: GPL-3.0-or-later
#include "distributed/farm/task_schedule.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <queue>
#include <random>
#include <utility>

#include <gtest/gtest.h>

// How long farms of a thousand ranks take: the schedule that rank 0 keeps, with pretended ranks and a pretended clock.
namespace musicmem::distributed {
namespace {

using Kind = TaskSchedule::Next::Kind;

constexpr double service = 6e-6;  // seconds of rank 0's thread for one answer, as task_farm_bench measures it
constexpr double latency = 2e-3;  // until an answer is there: the longest pause between two looks

struct PretendedFarm {
  std::vector<double> expected;  // seconds, by task
  std::vector<double> seconds;   // that it really takes
  std::vector<std::vector<std::size_t>> after;
};

// Seconds until the last task has ended.
double makespan(const PretendedFarm& farm, int ranks) {
  TaskSchedule schedule(farm.expected, ranks, true, {}, farm.after);
  struct Ask {
    double time;
    int rank;
    std::ptrdiff_t ended;  // the task that the rank comes from; -1 for none
    bool operator>(const Ask& other) const {
      return std::pair(time, rank) > std::pair(other.time, other.rank);
    }
  };
  std::priority_queue<Ask, std::vector<Ask>, std::greater<>> asks;
  for (int rank = 0; rank < ranks; ++rank) asks.push({0.0, rank, -1});
  std::vector<int> waiting;
  double free_at = 0.0;  // rank 0's thread
  double end = 0.0;
  while (!asks.empty()) {
    const Ask ask = asks.top();
    asks.pop();
    free_at = std::max(free_at, ask.time) + service;
    std::vector<int> to_answer = {ask.rank};
    if (ask.ended >= 0) {
      end = std::max(end, ask.time);
      schedule.finished({static_cast<std::size_t>(ask.ended), ask.rank, true, false, "", 0.0});
      to_answer.insert(to_answer.end(), waiting.begin(), waiting.end());
      waiting.clear();
    }
    for (const int rank : to_answer) {
      const TaskSchedule::Next next = schedule.next(rank);
      if (next.kind == Kind::wait) waiting.push_back(rank);
      if (next.kind == Kind::task)
        asks.push(
            {free_at + latency + farm.seconds[next.task], rank, static_cast<std::ptrdiff_t>(next.task)});
    }
  }
  EXPECT_TRUE(schedule.over());
  return end;
}

// The work over all ranks, and the longest task with those that it comes after: no schedule is shorter than either, and
// one that leaves no rank idle while a task may begin is no longer than their sum (Graham 1966).
struct Bounds {
  double work = 0.0;
  double chain = 0.0;
};

Bounds bounds_of(const PretendedFarm& farm, int ranks) {
  std::vector<double> chain(farm.seconds.size());
  for (std::size_t task = 0; task < chain.size(); ++task) {
    for (const std::size_t first : farm.after[task]) chain[task] = std::max(chain[task], chain[first]);
    chain[task] += farm.seconds[task];
  }
  return {std::accumulate(farm.seconds.begin(), farm.seconds.end(), 0.0) / ranks,
          *std::max_element(chain.begin(), chain.end())};
}

class Makespan : public testing::Test {
 protected:
  // What a task takes is expected within a fifth, roughly.
  void add(std::size_t count, double expected, const std::vector<std::size_t>& after = {}) {
    std::normal_distribution<double> spread(0.0, 0.2);
    for (std::size_t i = 0; i < count; ++i) {
      farm_.expected.push_back(expected);
      farm_.seconds.push_back(expected * std::exp(spread(generator_)));
      farm_.after.push_back(after);
    }
  }
  // `share`: of the least that any schedule could take.
  void expect_within(double share, int ranks) const {
    const Bounds bounds = bounds_of(farm_, ranks);
    const double least = std::max(bounds.work, bounds.chain);
    const double taken = makespan(farm_, ranks);
    EXPECT_GE(taken, least);
    EXPECT_LE(taken, (1.0 + share) * least) << ranks << " ranks";
    EXPECT_LE(taken, 1.01 * (bounds.work + bounds.chain)) << ranks << " ranks: idle beside work";
  }

  std::mt19937_64 generator_{1};
  PretendedFarm farm_;
};

// A few tasks a rank end unevenly, whatever the schedule, which does not know how long they will take.
constexpr double uneven = 0.6;

TEST_F(Makespan, of_the_published_clips) {
  add(235, 1.7);
  for (const int ranks : {2, 16, 1000}) expect_within(0.05, ranks);
  expect_within(uneven, 64);
}

// svr and mlp, vanilla and augmented, on ten folds, the mlp's with nine seeds.
TEST_F(Makespan, of_the_published_fits) {
  add(10, 0.3);
  add(10, 8.0);
  add(90, 4.0);
  add(90, 40.0);
  for (const int ranks : {2, 16, 1000}) expect_within(0.05, ranks);
  expect_within(uneven, 64);
}

TEST_F(Makespan, of_a_nested_search) {
  for (int fold = 0; fold < 100; ++fold) {
    std::vector<std::size_t> scores(25);
    std::iota(scores.begin(), scores.end(), farm_.seconds.size());
    add(scores.size(), 4.0);
    add(1, 1.0, scores);
  }
  for (const int ranks : {2, 16, 64}) expect_within(0.05, ranks);
  expect_within(uneven, 1000);
}

TEST_F(Makespan, of_a_million_clips) {
  add(1'000'000, 1.7);
  expect_within(0.05, 1000);
}

}  // namespace
}  // namespace musicmem::distributed
