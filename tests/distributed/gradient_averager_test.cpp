// SPDX-License-Identifier: GPL-3.0-or-later
#include "distributed/gradients/gradient_averager.h"

#include <thread>

#include "ranks_under_test.h"
#include <ATen/ATen.h>
#include <gtest/gtest.h>

namespace musicmem::distributed {
namespace {

using Parameters = std::vector<at::Tensor>;

class GradientAveragerTest : public testing::TestWithParam<RanksUnderTest> {};

INSTANTIATE_TEST_SUITE_P(Ranks, GradientAveragerTest, testing::ValuesIn(ranks_under_test()),
                         testing::PrintToStringParamName());

// Weights of a small network, the same for every caller; the last takes no part in the loss.
Parameters make_parameters() {
  Parameters parameters;
  for (const auto& shape :
       std::vector<std::vector<std::int64_t>>{{40, 30}, {40}, {20, 40}, {20}, {1, 20}, {7}}) {
    std::int64_t count = 1;
    for (const std::int64_t extent : shape) count *= extent;
    const at::Tensor values = at::sin(at::arange(count, at::kFloat) * 0.7 + count).view(shape) * 0.3;
    parameters.push_back(values.requires_grad_());
  }
  return parameters;
}

// Shares the values, not the gradients.
Parameters alias(const Parameters& parameters) {
  Parameters aliases;
  for (const at::Tensor& parameter : parameters) aliases.push_back(parameter.detach().requires_grad_());
  return aliases;
}

at::Tensor loss(const Parameters& p, int shard) {
  const at::Tensor x = at::cos(at::arange(5 * 30, at::kFloat) * (shard + 1)).view({5, 30});
  const at::Tensor hidden = at::tanh(at::linear(at::relu(at::linear(x, p[0], p[1])), p[2], p[3]));
  return at::linear(hidden, p[4]).square().mean();
}

// The plain way: every rank computes its gradients, then one after the other is gathered from all ranks and
// added up in rank order.
Parameters plain_sums(Communicator& ranks, const std::vector<int>& shards) {
  const Parameters parameters = make_parameters();
  for (const int shard : shards) loss(parameters, shard).backward();
  Parameters sums;
  for (const at::Tensor& parameter : parameters) {
    const at::Tensor own = parameter.grad().defined() ? parameter.grad() : at::zeros_like(parameter);
    const std::string bytes(static_cast<const char*>(own.data_ptr()), own.nbytes());
    at::Tensor sum = at::zeros_like(own);
    for (const std::string& part : ranks.all_gather(bytes, "plain sum")) {
      sum += at::from_blob(const_cast<char*>(part.data()), own.sizes(), at::kFloat);
    }
    sums.push_back(sum);
  }
  return sums;
}

std::unique_ptr<GradientExchange> exchange(Communicator& ranks) {
  return std::make_unique<HostExchange>(ranks);
}

// MPI adds in an order of its own; of two addends there is only one order.
void expect_same_sums(const Communicator& ranks, const Parameters& parameters, const Parameters& expected,
                      bool same_order) {
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const at::Tensor& sum = parameters[i].grad();
    if (same_order && ranks.size() <= 2) {
      EXPECT_TRUE(at::equal(sum, expected[i])) << "parameter " << i;
    } else {
      EXPECT_LE((sum - expected[i]).abs().max().item<float>(), 1e-6F) << "parameter " << i;
    }
  }
}

TEST_P(GradientAveragerTest, buckets_of_any_size_give_the_sums_of_the_plain_way) {
  GetParam().on_every_rank([](Communicator& ranks) {
    const Parameters expected = plain_sums(ranks, {ranks.rank()});
    for (const std::size_t bucket_bytes : {std::size_t{1}, std::size_t{4096}, std::size_t{1} << 20}) {
      const Parameters parameters = make_parameters();
      GradientAverager averager({parameters}, exchange(ranks), bucket_bytes);

      for (int step = 0; step < 3; ++step) {
        averager.zero();
        averager.arm();
        loss(parameters, ranks.rank()).backward();
        averager.finish("test step");
      }

      expect_same_sums(ranks, parameters, expected, true);
    }
  });
}

TEST_P(GradientAveragerTest, only_the_armed_backward_pass_of_an_accumulation_sends) {
  GetParam().on_every_rank([](Communicator& ranks) {
    const std::vector<int> shards = {ranks.rank(), ranks.rank() + 10, ranks.rank() + 20};
    const Parameters expected = plain_sums(ranks, shards);
    const Parameters parameters = make_parameters();
    GradientAverager averager({parameters}, exchange(ranks), 4096);

    averager.zero();
    loss(parameters, shards[0]).backward();
    loss(parameters, shards[1]).backward();
    averager.arm();
    loss(parameters, shards[2]).backward();
    averager.finish("test step");

    expect_same_sums(ranks, parameters, expected, true);
  });
}

TEST_P(GradientAveragerTest, a_rank_without_rows_adds_nothing_and_gets_the_sums) {
  GetParam().on_every_rank([](Communicator& ranks) {
    const bool has_rows = ranks.rank() == 0;
    const Parameters expected = plain_sums(ranks, has_rows ? std::vector{3} : std::vector<int>{});
    const Parameters parameters = make_parameters();
    GradientAverager averager({parameters}, exchange(ranks), 4096);

    averager.zero();
    averager.arm();
    if (has_rows) loss(parameters, 3).backward();
    averager.finish("test step");

    expect_same_sums(ranks, parameters, expected, true);
  });
}

TEST_P(GradientAveragerTest, a_rank_whose_later_step_fails_before_it_is_armed_keeps_no_peer_waiting) {
  GetParam().on_every_rank([](Communicator& ranks) {
    ranks.set_deadline(std::chrono::seconds(20));
    const Parameters parameters = make_parameters();
    GradientAverager averager({parameters}, exchange(ranks), 4096);

    for (int step = 0; step < 3; ++step) {
      const bool fails = step > 0 && ranks.rank() == ranks.size() - 1;
      averager.zero();
      if (!fails) {
        averager.arm();
        loss(parameters, 3).backward();
      }
      averager.finish("test step");

      const Parameters alone = plain_sums(ranks, fails ? std::vector<int>{} : std::vector{3});
      expect_same_sums(ranks, parameters, alone, true);
    }
  });
}

TEST_P(GradientAveragerTest, replicas_on_threads_give_the_sums_of_one_model_whoever_is_first) {
  GetParam().on_every_rank([](Communicator& ranks) {
    const std::vector<int> shards = {2 * ranks.rank(), 2 * ranks.rank() + 1};
    const Parameters expected = plain_sums(ranks, shards);
    const Parameters parameters = make_parameters();
    const Parameters copy = alias(parameters);
    GradientAverager averager({parameters, copy}, exchange(ranks), 4096);

    for (const bool first_is_late : {true, false}) {
      averager.zero();
      averager.arm();
      const auto backward = [&](const Parameters& replica, int shard, bool late) {
        if (late) std::this_thread::sleep_for(std::chrono::milliseconds(20));
        loss(replica, shard).backward();
      };
      std::jthread other([&] { backward(copy, shards[1], !first_is_late); });
      backward(parameters, shards[0], first_is_late);
      other.join();
      averager.finish("test step");

      expect_same_sums(ranks, parameters, expected, ranks.size() == 1);
    }
  });
}

TEST_P(GradientAveragerTest, first_buckets_travel_while_the_backward_pass_goes_on) {
  GetParam().on_every_rank([](Communicator& ranks) {
    Parameters parameters = make_parameters();
    parameters.pop_back();  // what takes no part would hold up what comes after
    GradientAverager averager({parameters}, exchange(ranks), 1);

    averager.zero();
    averager.arm();
    // The gradient of the first weights waits; those of the last are on their way meanwhile.
    parameters[0].register_hook([](const at::Tensor& gradient) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      return gradient;
    });
    ranks.barrier("test step");
    loss(parameters, ranks.rank()).backward();
    averager.finish("test step");
    const ExchangeTimes times = averager.take_times();

    EXPECT_GT(times.inside_backward_seconds, 0.0);
    EXPECT_LE(times.inside_backward_seconds, times.exchanging_seconds);
    EXPECT_EQ(averager.take_times().exchanging_seconds, 0.0);
  });
}

TEST(GradientLayout, buckets_hold_consecutive_parameters_from_the_last_to_the_first) {
  const Parameters parameters = make_parameters();

  const FlatLayout layout = FlatLayout::reversed(parameters);
  const std::vector<Bucket> buckets = cut_buckets(layout, 4096);

  EXPECT_EQ(layout.offset.back(), 0);
  EXPECT_EQ(layout.size, 16 + 32 + 32 + 800 + 48 + 1200);
  ASSERT_EQ(buckets.size(), 2U);
  EXPECT_EQ(buckets[0].parameters, 5U);
  EXPECT_EQ(buckets[0].end, buckets[1].begin);
  EXPECT_EQ(buckets[1].end, layout.size);
}

}  // namespace
}  // namespace musicmem::distributed
