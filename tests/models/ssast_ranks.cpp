// SPDX-License-Identifier: GPL-3.0-or-later
// Run under mpirun: a group of all ranks trains as rank 0 does alone, and gradients travel during the
// backward pass. Prints what was measured on rank 0; the exit code says whether it holds.
#include "distributed/local_communicator.h"
#include "distributed/world.h"
#include "models/ssast_training.h"

#include <cmath>
#include <cstdio>

#include "spectrogram_example.h"
#include <torch/torch.h>

namespace {

using namespace musicmem;

constexpr double tolerance = 1e-5;

struct Trained {
  models::SsastOutcome outcome;
  std::vector<double> norms;  // of every parameter
};

Trained train(distributed::Communicator& group) {
  const models::SpectrogramTable table = models::testing::spectrograms(39);
  models::SsastTask task;
  task.seed = 7;
  for (std::size_t row = 0; row < table.sample.size(); ++row) {
    task.train.push_back(row);
    task.label.push_back(table.rows.labels[row]);
  }
  config::SsastSettings settings;
  settings.size = config::SsastSize::nano;
  settings.training.epochs = 4;
  settings.training.batch = 8;
  settings.training.learning_rate = 1e-3;
  settings.training.bucket_mib = 0.25;
  models::SsastReplicas replicas(std::make_shared<models::Ssast>(models::ssast_shape(settings, 100), 3), 1);
  models::SpectrogramSource source(table, 1 << 24);
  const models::SpectrogramInput input(settings.training, 100, {});
  Trained trained;
  trained.outcome = models::train_ssast(replicas, source, input, task, settings, {.group = group});
  for (const auto& parameter : replicas.model().parameters()) {
    trained.norms.push_back(parameter.norm().item<double>());
  }
  return trained;
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
  const double norms = worst_difference(together.norms, expected.norms);
  const models::SsastTimes& times = together.outcome.times;
  std::printf(
      "%d ranks, %zu steps: losses differ by %.1e, norms by %.1e of their value; backward %.3f s, gradients "
      "on "
      "their way %.3f s, inside backward %.3f s, waited for the reader %.4f of %.3f s\n",
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
