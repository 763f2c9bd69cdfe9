// SPDX-License-Identifier: GPL-3.0-or-later
#include "distributed/gradients/nccl_exchange.h"

#include "distributed/local_communicator.h"
#include "tests/distributed/stand_in/pretended_gpus.h"
#include "tests/support/thread_communicator.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace musicmem::distributed {
namespace {

using namespace std::chrono_literals;
using pretended::Plan;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Clock = std::chrono::steady_clock;

// Far above what anything here takes on a busy machine, far below every deadline that is not to be waited for.
constexpr double soon = 5.0;
constexpr auto long_deadline = 60s;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// In the memory of a GPU.
using Slice = std::shared_ptr<std::vector<float>>;

Slice make_slice(std::size_t count) {
  return std::make_shared<std::vector<float>>(count, -1.0F);
}

// As kernels of the compute stream do, later.
void compute(const Slice& slice, int gpu, float value) {
  pretended::enqueue(pretended::compute_stream(gpu), [=] {
    std::this_thread::sleep_for(2ms);
    std::fill(slice->begin(), slice->end(), value);
  });
}

std::unique_ptr<GradientExchange> connect(Communicator& group, int gpu, const NcclPatience& patience = {}) {
  return make_nccl_exchange(
      group, gpu, [gpu] { return static_cast<void*>(pretended::compute_stream(gpu)); }, patience);
}

void start_slices(GradientExchange& exchange, int slices) {
  for (int i = 0; i < slices; ++i) {
    const Slice slice = make_slice(100);
    exchange.start(*slice, slice);
  }
}

class NcclExchange : public ::testing::Test {
 protected:
  void SetUp() override { pretended::follow({}); }
  void TearDown() override {
    EXPECT_THAT(pretended::breaches(), IsEmpty());
    pretended::follow({});
    EXPECT_EQ(pretended::communicators(), 0);
    EXPECT_EQ(pretended::streams(), left_streams_);
    EXPECT_EQ(pretended::events(), 0);
  }

  int left_streams_ = pretended::streams();  // before the test, and those that an abort that hangs keeps
};

// Rank r of the group computes 100 round + 10 slice + r, starts the slices while that goes on, on another thread as
// hooks do, and looks at the sums with what its compute stream does next.
void expect_sums(GradientExchange& exchange, const Communicator& group, int gpu, int round) {
  constexpr int slices = 5;
  std::vector<Slice> all;
  for (int i = 0; i < slices; ++i) all.push_back(make_slice(static_cast<std::size_t>(500 + i)));
  std::thread([&] {
    for (int i = 0; i < slices; ++i) {
      compute(all[i], gpu, static_cast<float>(100 * round + 10 * i + group.rank()));
      exchange.start(*all[i], all[i]);
    }
  }).join();
  exchange.finish("round " + std::to_string(round));
  std::vector<float> seen(slices);
  pretended::enqueue(pretended::compute_stream(gpu), [&] {
    for (int i = 0; i < slices; ++i) seen[i] = all[i]->back();
  });
  pretended::drain(pretended::compute_stream(gpu));
  const int ranks = group.size();
  for (int i = 0; i < slices; ++i) {
    EXPECT_EQ(seen[i], static_cast<float>(ranks * (100 * round + 10 * i) + ranks * (ranks - 1) / 2))
        << "rank " << group.rank() << ", round " << round << ", slice " << i;
  }
}

class Ranks : public NcclExchange, public ::testing::WithParamInterface<int> {};

TEST_P(Ranks, sum_what_slow_streams_compute) {
  Plan plan;
  plan.connecting = 2ms;
  plan.accepting = 300us;
  plan.rank = GetParam() - 1;
  plan.lag = 10ms;
  pretended::follow(plan);
  run_as_threads(GetParam(), [&](Communicator& group) {
    group.set_deadline(long_deadline);
    const auto exchange = connect(group, group.rank());
    for (int round = 0; round < 3; ++round) expect_sums(*exchange, group, group.rank(), round);
    EXPECT_THAT(exchange->take_intervals(), SizeIs(15));
  });
}

INSTANTIATE_TEST_SUITE_P(From1To4, Ranks, ::testing::Values(1, 2, 3, 4));

TEST_F(NcclExchange, groups_side_by_side_do_not_mix) {
  run_as_threads(4, [&](Communicator& all) {
    all.set_deadline(long_deadline);
    const auto group = all.split(all.rank() / 2, "groups");
    const auto exchange = connect(*group, all.rank());
    for (int round = 0; round < 3; ++round)
      expect_sums(*exchange, *group, all.rank(), round + all.rank() / 2);
  });
}

// Every rank throws ExchangeFailed with the cause long before a deadline; then the group is fit for a new exchange.
void expect_heard_by_all(const Plan& plan, const std::string& cause, const NcclPatience& patience = {}) {
  constexpr int ranks = 3;
  pretended::follow(plan);
  std::mutex mutex;
  std::vector<std::string> heard;
  run_as_threads(ranks, [&](Communicator& group) {
    group.set_deadline(long_deadline);
    const auto start = Clock::now();
    try {
      const auto exchange = connect(group, group.rank(), patience);
      start_slices(*exchange, 4);
      exchange->finish("step 3");
    } catch (const ExchangeFailed& error) {
      const std::lock_guard lock(mutex);
      heard.emplace_back(error.what());
    }
    EXPECT_LT(seconds_since(start), soon) << "rank " << group.rank();
    group.barrier("the vote");
    if (group.rank() == 0) pretended::follow({});
    group.barrier("the next fit");
    expect_sums(*connect(group, group.rank()), group, group.rank(), 1);
  });
  EXPECT_THAT(heard, SizeIs(ranks));
  EXPECT_THAT(heard, Each(HasSubstr(cause)));
}

Plan failure(int rank, int sum) {
  Plan plan;
  plan.rank = rank;
  plan.sum = sum;
  return plan;
}

TEST_F(NcclExchange, a_rank_that_does_not_connect_is_heard_by_all) {
  Plan plan = failure(1, 0);
  plan.connects_with = ncclSystemError;
  expect_heard_by_all(plan, "ncclCommInitRankConfig: NCCL error 2");
}

TEST_F(NcclExchange, a_missing_id_is_heard_by_all) {
  Plan plan;
  plan.has_no_id = true;
  expect_heard_by_all(plan, "ncclGetUniqueId failed");
}

TEST_F(NcclExchange, a_connection_that_takes_too_long_is_heard_by_all) {
  Plan plan;
  plan.connecting = 1s;
  expect_heard_by_all(plan, "ncclCommInitRankConfig", {.connecting = 0.2s});
}

// With an abort that returns once every rank has called it.
class Aborts : public NcclExchange, public ::testing::WithParamInterface<bool> {
 protected:
  Plan with_aborts(Plan plan) const {
    plan.abort_meets_peers = GetParam();
    return plan;
  }
};

TEST_P(Aborts, a_sum_that_is_refused_is_heard_by_all) {
  Plan plan = with_aborts(failure(1, 2));
  plan.refused_with = ncclInternalError;
  expect_heard_by_all(plan, "ncclAllReduce: NCCL error 3");
}

TEST_P(Aborts, a_sum_that_fails_later_is_heard_by_all) {
  Plan plan = with_aborts(failure(0, 1));
  plan.fails_later_with = ncclRemoteError;
  expect_heard_by_all(plan, "remote process exited");
}

TEST_P(Aborts, a_broken_gpu_is_heard_by_all) {
  Plan plan = with_aborts(failure(1, 3));
  plan.breaks_gpu = true;
  expect_heard_by_all(plan, "illegal memory access");
}

// The peers have their sums, and wait for the rank that failed where all hear of it.
TEST_P(Aborts, a_rank_that_fails_alone_comes_to_the_vote) {
  Plan plan = with_aborts(failure(1, 3));
  plan.loses_end = true;
  pretended::follow(plan);
  run_as_threads(3, [&](Communicator& group) {
    group.set_deadline(long_deadline);
    const auto start = Clock::now();
    {
      const auto exchange = connect(group, group.rank());
      group.barrier("connected");  // or a rank that still connects hears of the failure there
      start_slices(*exchange, 4);
      bool failed = false;
      try {
        exchange->finish("step 3");
      } catch (const ExchangeFailed&) {
        failed = true;
      }
      EXPECT_TRUE(failed || group.rank() != 1);  // the others may have heard already
      group.barrier("the vote");
    }
    EXPECT_LT(seconds_since(start), soon) << "rank " << group.rank();
  });
}

INSTANTIATE_TEST_SUITE_P(AloneOrTogether, Aborts, ::testing::Bool());

TEST_F(NcclExchange, an_abort_that_hangs_keeps_no_rank) {
  Plan plan = failure(1, 2);
  plan.refused_with = ncclInternalError;
  plan.abort_hangs = true;
  pretended::follow(plan);
  std::atomic<int> back = 0;
  std::jthread rescue([&] {
    const auto start = Clock::now();
    while (back < 2 && seconds_since(start) < soon) std::this_thread::sleep_for(10ms);
    EXPECT_EQ(back, 2) << "ranks hang in ncclCommAbort";
    pretended::follow({});
  });
  run_as_threads(2, [&](Communicator& group) {
    group.set_deadline(long_deadline);
    {
      const auto exchange = connect(group, group.rank(), {.aborting = 0.2s});
      group.barrier("connected");
      start_slices(*exchange, 4);
      EXPECT_THROW(exchange->finish("step 3"), ExchangeFailed);
    }
    ++back;
  });
  rescue.join();
  left_streams_ += 2;
}

TEST_F(NcclExchange, a_slice_that_a_peer_does_not_start_ends_at_the_deadline) {
  try {
    run_as_threads(2, [&](Communicator& group) {
      group.set_deadline(0.3s);
      const auto exchange = connect(group, group.rank());
      if (group.rank() == 1) std::this_thread::sleep_for(1s);
      if (group.rank() == 0) start_slices(*exchange, 1);
      exchange->finish("step 9");
    });
    FAIL() << "nothing was thrown";
  } catch (const TimeoutError& error) {
    EXPECT_THAT(error.what(), HasSubstr("step 9"));
    EXPECT_THAT(error.what(), HasSubstr("NCCL on rank 0 of the group, GPU 0"));
  }
}

TEST_F(NcclExchange, goes_away_while_a_sum_is_on_its_way) {
  run_as_threads(2, [&](Communicator& group) {
    group.set_deadline(long_deadline);
    {
      const auto exchange = connect(group, group.rank());
      if (group.rank() == 0) start_slices(*exchange, 1);
    }
    group.barrier("the end");
  });
}

}  // namespace
}  // namespace musicmem::distributed
