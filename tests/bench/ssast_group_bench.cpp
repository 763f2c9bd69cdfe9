// SPDX-License-Identifier: GPL-3.0-or-later
// mpirun -np RANKS ssast_group_bench SIZE FRAMES STEPS THREADS: the median training step of a group, global
// batch 8, and where its time goes. tests/bench/ddp_step.py does the same with PyTorch.
#include "distributed/world.h"
#include "models/machine/blas_kernels.h"
#include "models/ssast/training/training.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

#include <ATen/ATen.h>
#include <unistd.h>

namespace {

using namespace musicmem;

config::SsastSize size_of(const std::string& name) {
  for (const auto size : {config::SsastSize::nano, config::SsastSize::tiny, config::SsastSize::small}) {
    if (to_string(size) == name) return size;
  }
  return config::SsastSize::base;
}

models::SpectrogramTable silent_clips(int clips, int frames) {
  models::SpectrogramTable table;
  for (int clip = 0; clip < clips; ++clip) {
    table.rows.tracks.push_back(std::to_string(clip));
    table.rows.labels.push_back(0.01 * (clip % 100));
    append_spectrogram_rows(table, clip, 0, 0, static_cast<std::size_t>(frames), false);
  }
  table.read_sample = [frames](std::size_t) {
    return std::vector<float>(static_cast<std::size_t>(frames) * models::spectrogram_bins, -4.0F);
  };
  return table;
}

}  // namespace

int main(int argc, char** argv) {
  if (musicmem::models::settle_blas_kernels()) ::execv("/proc/self/exe", argv);  // LibTorch is loaded already
  if (argc != 5) return std::fputs("ssast_group_bench SIZE FRAMES STEPS THREADS\n", stderr), 2;
  const int frames = std::atoi(argv[2]);
  const int steps = std::atoi(argv[3]);
  distributed::World world;
  config::SsastSettings settings;
  settings.size = size_of(argv[1]);
  settings.training.batch = 8;
  settings.training.epochs = 1;
  settings.training.average_from = 0;
  const models::SpectrogramTable table = silent_clips(8 * (steps + 1), frames);
  models::SsastTask task;
  task.label = table.rows.labels;
  for (std::size_t row = 0; row < table.sample.size(); ++row) task.train.push_back(row);

  models::SsastReplicas replicas(std::make_shared<models::Ssast>(models::ssast_shape(settings, frames), 1),
                                 static_cast<std::size_t>(std::atoi(argv[4])));
  models::SpectrogramSource source(table, 1 << 28);
  const models::SpectrogramInput input(settings.training, static_cast<std::size_t>(frames), {});
  std::vector<double> seconds;
  auto last = std::chrono::steady_clock::now();
  models::FitRun run{.group = world.communicator()};
  // Asked once a step.
  run.stop_requested = [&] {
    const auto now = std::chrono::steady_clock::now();
    seconds.push_back(std::chrono::duration<double>(now - last).count());
    last = now;
    return false;
  };
  const models::SsastTimes times = models::train_ssast(replicas, source, input, task, settings, run).times;
  if (world.rank() != 0) return 0;
  std::sort(seconds.begin() + 1, seconds.end());  // the first one warms up
  std::printf("%.4f\n", seconds[1 + (seconds.size() - 1) / 2]);
  std::fprintf(stderr,
               "%lld steps: passes %.3f s, exchanging %.3f s, inside the passes %.3f s, reader %.4f s\n",
               static_cast<long long>(times.steps), times.backward, times.exchanging,
               times.exchanging_in_backward, times.waiting_for_reader);
  return 0;
}
