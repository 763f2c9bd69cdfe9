// SPDX-License-Identifier: GPL-3.0-or-later
// Run under mpirun: a group of all ranks trains as rank 0 does alone, and gradients travel during the
// backward pass. Prints what was measured on rank 0; the exit code says whether it holds.
#include "config/settings/ssast.h"
#include "distributed/local_communicator.h"
#include "distributed/world.h"

#include <cmath>
#include <cstdio>

#include "small_training.h"

namespace {

using namespace musicmem;

constexpr double tolerance = 1e-5;

using models::testing::Trained;

Trained train(distributed::Communicator& group) {
  const models::SpectrogramTable table = models::testing::spectrograms(39);
  config::SsastSettings settings = models::testing::nano_settings(4);
  settings.training.bucket_mib = 0.25;
  return models::testing::train(table, models::testing::task_over(table), settings, {.group = group});
}

std::vector<double> norms_of(const weights::StateDict& weights) {
  std::vector<double> norms;
  for (const auto& [name, tensor] : weights.entries) {
    double squares = 0.0;
    for (const float value : tensor.floats()) squares += static_cast<double>(value) * value;
    norms.push_back(std::sqrt(squares));
  }
  return norms;
}

double worst_difference(const std::vector<double>& values, const std::vector<double>& expected) {
  if (values.size() != expected.size()) return INFINITY;
  double worst = 0.0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    // Parameters that began as zeros have hardly moved.
    worst = std::max(worst, std::abs(values[i] - expected[i]) / std::max(std::abs(expected[i]), 1e-2));
  }
  return worst;
}

int compare(distributed::World& world) {
  const Trained together = train(world.communicator());
  if (world.rank() != 0) return 0;
  distributed::LocalCommunicator alone;
  const Trained expected = train(alone);
  const double losses = worst_difference(together.outcome.step_losses, expected.outcome.step_losses);
  const double norms = worst_difference(norms_of(together.weights), norms_of(expected.weights));
  const models::SsastTimes& times = together.outcome.times;
  std::printf(
      "%d ranks, %zu steps: losses differ by %.1e, norms by %.1e of their value; backward %.3f s, gradients "
      "in transit %.3f s, inside backward %.3f s, waited for the reader %.4f of %.3f s\n",
      world.size(), together.outcome.step_losses.size(), losses, norms, times.backward, times.exchanging,
      times.exchanging_in_backward, times.waiting_for_reader, times.training);
  const bool overlaps = world.size() == 1 || times.exchanging_in_backward > 0.0;
  return together.outcome.step_losses.size() == 20 && losses <= tolerance && norms <= tolerance && overlaps
             ? 0
             : 1;
}

}  // namespace

int main() {
  distributed::World world;
  const int failed = compare(world);
  return std::stoi(world.communicator().broadcast(std::to_string(failed), 0, "the verdict"));
}
