// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/settings/runtime.h"
#include "distributed/gradients/nccl_exchange.h"
#include "distributed/local_communicator.h"
#include "models/machine/gpus.h"
#include "tests/own_path.h"
#include "tests/support/thread_communicator.h"
#include "weights/pth_file.h"

#include <chrono>
#include <filesystem>

#include "small_training.h"
#include <c10/core/Event.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <gtest/gtest.h>

namespace musicmem::models {
namespace {

class OnGpu : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { make_gpus_repeatable(); }
  void SetUp() override {
    if (gpus_of_node() == 0) GTEST_SKIP() << "this build has no CUDA, or this machine no GPU";
  }
};

constexpr auto cpu = FitHardware{};
constexpr auto fp32 = FitHardware{0, config::Precision::fp32, false, true};
constexpr auto bf16 = FitHardware{0, config::Precision::bf16, true, true};

using testing::Trained;

Trained train(const FitHardware& hardware, distributed::Communicator& group) {
  const SpectrogramTable table = testing::spectrograms(24);
  return testing::train(table, testing::task_over(table), testing::nano_settings(3),
                        {.group = group, .hardware = hardware});
}

Trained train_alone(const FitHardware& hardware) {
  distributed::LocalCommunicator alone;
  return train(hardware, alone);
}

void expect_losses_near(const Trained& one, const Trained& other, double tolerance) {
  ASSERT_EQ(one.outcome.step_losses.size(), other.outcome.step_losses.size());
  for (std::size_t step = 0; step < one.outcome.step_losses.size(); ++step) {
    EXPECT_NEAR(one.outcome.step_losses[step] / other.outcome.step_losses[step], 1.0, tolerance)
        << "step " << step;
  }
}

TEST_F(OnGpu, trains_as_a_cpu_does) {
  expect_losses_near(train_alone(fp32), train_alone(cpu), 1e-3);
}

TEST_F(OnGpu, bfloat16_follows_the_losses_of_float32) {
  expect_losses_near(train_alone(bf16), train_alone(fp32), 0.1);
}

TEST_F(OnGpu, weights_are_read_on_a_cpu) {
  const auto file = own_path();
  const Trained trained = train_alone(bf16);

  weights::write_pth(file, trained.weights);
  const weights::StateDict read = weights::read_pth(file).tensors;
  std::filesystem::remove(file);

  EXPECT_EQ(read.entries, trained.weights.entries);
}

// A sum over one rank changes nothing, so that its value does not tell when it was made: its time does.
TEST_F(OnGpu, sums_wait_for_the_stream_that_computes) {
  using Clock = std::chrono::steady_clock;
  distributed::LocalCommunicator alone;
  prepare(fp32);
  const auto exchange =
      distributed::make_nccl_exchange(alone, 0, [] { return compute_stream(FitHardware{fp32}); });
  at::Tensor values = at::ones({4096, 4096}, at::device(at::kCUDA).dtype(at::kFloat));
  c10::Event computed(at::kCUDA);

  for (int product = 0; product < 100; ++product) values = values.mm(values).div_(4096.0);
  computed.record(c10::impl::VirtualGuardImpl(at::kCUDA).getStream(device_of(fp32)));
  exchange->start({values.data_ptr<float>(), static_cast<std::size_t>(values.numel())},
                  std::make_shared<at::Tensor>(values));
  Clock::time_point still_computing{};
  for (Clock::time_point now = Clock::now(); !computed.query(); now = Clock::now()) still_computing = now;
  exchange->finish("the sum");
  const auto intervals = exchange->take_intervals();

  ASSERT_NE(still_computing, Clock::time_point{}) << "the products were done before anybody could look";
  ASSERT_EQ(intervals.size(), 1U);
  EXPECT_GE(intervals.front().begin, still_computing);
  EXPECT_EQ(values.max().item<float>(), 1.0F);
}

TEST_F(OnGpu, deterministic_training_gives_the_same_bits) {
  EXPECT_TRUE(at::equal(train_alone(bf16).values, train_alone(bf16).values));
}

// Each round sums what the compute stream is still computing; a sum that did not wait would be another.
TEST_F(OnGpu, two_ranks_sum_what_their_streams_have_computed) {
  if (gpus_of_node() < 2) GTEST_SKIP() << "this machine has one GPU";
  distributed::run_as_threads(2, [&](distributed::Communicator& group) {
    group.set_deadline(std::chrono::seconds(120));
    FitHardware hardware = fp32;
    hardware.gpu = group.rank();
    prepare(hardware);
    const auto exchange =
        distributed::make_nccl_exchange(group, hardware.gpu, [=] { return compute_stream(hardware); });
    for (int round = 0; round < 20; ++round) {
      at::Tensor values = at::ones({2048, 2048}, at::device(device_of(hardware)).dtype(at::kFloat));
      values = values.mm(values).mul_(static_cast<double>(round + group.rank()));
      exchange->start({values.data_ptr<float>(), static_cast<std::size_t>(values.numel())},
                      std::make_shared<at::Tensor>(values));
      exchange->finish("round " + std::to_string(round));

      const float expected = 2048.0F * static_cast<float>(2 * round + 1);
      EXPECT_EQ(values.max().item<float>(), expected);
      EXPECT_EQ(values.min().item<float>(), expected);
    }
  });
}

TEST_F(OnGpu, two_ranks_on_two_gpus_train_as_one) {
  if (gpus_of_node() < 2) GTEST_SKIP() << "this machine has one GPU";
  const Trained alone = train_alone(fp32);
  Trained together;

  distributed::run_as_threads(2, [&](distributed::Communicator& group) {
    group.set_deadline(std::chrono::seconds(120));
    FitHardware hardware = fp32;
    hardware.gpu = group.rank();
    Trained own = train(hardware, group);
    if (group.rank() == 0) together = std::move(own);
  });

  expect_losses_near(together, alone, 1e-4);
}

}  // namespace
}  // namespace musicmem::models
